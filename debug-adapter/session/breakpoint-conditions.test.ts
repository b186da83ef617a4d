import assert from 'node:assert/strict';
import { breakpointCondition, type ConditionTexts, counts } from './breakpoint-conditions';

const tally = () => ({ counts: true, reached: 0, hits: 0, isQuiet: false });
const names = {
  lookup: (name: string) => ({ page: 0x80400n, thread: 'hart 0' })[name],
  symbolAddress: () => undefined,
  readMemory: () => new Uint8Array(0),
};

/** Which of ten arrivals stop, and what is logged at them. */
function tenArrivals(texts: ConditionTexts): { readonly stops: number[]; readonly said: string[] } {
  const said: string[] = [];
  const condition = breakpointCondition(texts, tally(), (text) => said.push(text));
  const stops: number[] = [];
  for (let arrival = 1; arrival <= 10; arrival++) if (!condition || condition(names)) stops.push(arrival);
  return { stops, said };
}

describe('the condition of a breakpoint', () => {
  it('counts hits', () => {
    for (const [hitCondition, stops] of [
      ['3', [3]],
      ['= 3', [3]],
      ['> 8', [9, 10]],
      ['>=9', [9, 10]],
      ['<2', [1]],
      ['<= 2', [1, 2]],
      ['% 4', [4, 8]],
    ] as const) {
      assert.deepEqual(tenArrivals({ hitCondition }).stops, stops, hitCondition);
    }
  });

  it('counts only the hits at which the condition holds', () => {
    assert.deepEqual(tenArrivals({ condition: 'hits % 2 == 0', hitCondition: '2' }).stops, [4]);
  });

  it('logs instead of stopping', () => {
    const { stops, said } = tenArrivals({
      hitCondition: '% 5',
      logMessage: '{{{page}}} by {thread}, {hits}. {nothing}',
    });
    assert.deepEqual(stops, []);
    assert.equal(said.length, 2);
    assert.match(said[1]!, /^\{525312 \(0x80400\)\} by hart 0, 10 \(0xa\)\. <Cannot evaluate `nothing`: /);
  });

  it('logs by itself where a client has no field for a message', () => {
    const { stops, said } = tenArrivals({ condition: 'hits > 8 && log("at {page}") || hits == 1' });
    assert.deepEqual(stops, [1]);
    assert.deepEqual(said, ['at 525312 (0x80400)', 'at 525312 (0x80400)']);
  });

  it('counts on and says nothing while it is quiet', () => {
    const said: string[] = [];
    const counted = tally();
    const condition = breakpointCondition({ condition: 'log("{hits}")' }, counted, (text) => said.push(text))!;
    for (const isQuiet of [false, true, false]) {
      counted.isQuiet = isQuiet;
      condition(names);
    }
    assert.deepEqual(said, ['1', '3']);
  });

  it('is known to count', () => {
    for (const texts of [{ hitCondition: '3' }, { logMessage: 'page {hits}' }, { condition: 'hits > 3' }])
      assert.ok(counts(texts), JSON.stringify(texts));
    assert.ok(!counts({ condition: 'page == 0x80400 && whits && log("")', hitCondition: ' ', logMessage: 'a page' }));
  });

  it('is none when nothing is said', () => {
    assert.equal(
      breakpointCondition({ condition: ' ', hitCondition: '' }, tally(), () => {}),
      undefined,
    );
  });

  it('is refused when it cannot be read', () => {
    for (const [texts, reason] of [
      [{ hitCondition: 'often' }, /a hit count is a number/],
      [{ hitCondition: '0' }, /a hit count is a number/],
      [{ logMessage: 'a {page' }, /unbalanced \{/],
      [{ logMessage: '{page ==}' }, /Cannot parse `page ==`/],
    ] as const) {
      assert.throws(() => breakpointCondition(texts, tally(), () => {}), { message: reason });
    }
  });
});
