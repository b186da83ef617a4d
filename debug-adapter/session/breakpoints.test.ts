import assert from 'node:assert/strict';
import type { Breakpoints as Armed } from '../debuggee/breakpoints';
import type { Debuggee } from '../debuggee/debuggee';
import { whole } from '../debuggee/pieces';
import type { ConditionTexts } from './breakpoint-conditions';
import { Breakpoints } from './breakpoints';

const names = { lookup: () => 7n, symbolAddress: () => undefined, readMemory: () => new Uint8Array(0) };

/** What a debuggee is given for a breakpoint on a line whose code is at two addresses. */
function armed(texts: ConditionTexts, log: (text: string) => void = () => {}): Armed {
  let given: Armed | undefined;
  const debuggee = {
    abilities: new Set(['instructions']),
    setBreakpoints(breakpoints: Armed) {
      given = breakpoints;
    },
  };
  const sources = {
    listed: { listingOf: () => undefined },
    sources: { fileOf: () => undefined },
    guestSources: { pathsOf: () => ['a.c'], codeOf: () => ({ line: 1, addresses: [0x10n, 0x20n] }) },
  };
  const breakpoints = new Breakpoints(debuggee as unknown as Debuggee, sources as never, true, log);
  whole(breakpoints.setLines({ source: { path: 'a.c' }, breakpoints: [{ line: 1, ...texts }] }));
  return given!;
}

describe('breakpoints for a run that is made again', () => {
  it('are the same where none counts or logs: what is known to hit none of them is passed over', () => {
    for (const texts of [{}, { condition: 'a0 == 7' }]) assert.equal(armed(texts).rehearse, undefined);
  });

  it('count anew, over all addresses together, log nothing, and have counted what they had, or what they have now', () => {
    for (const stays of [true, false]) {
      const said: string[] = [];
      const { addresses, rehearse } = armed({ condition: 'log("{hits}") || hits == 3' }, (text) => said.push(text));
      const stops = (): boolean[] => addresses.map(({ condition }) => condition!(names));
      assert.deepEqual(stops(), [false, false]);
      const rehearsal = rehearse!();
      assert.deepEqual([stops(), stops()].flat(), [false, false, true, false]);
      rehearsal.end(stays);
      assert.deepEqual(stops(), [!stays, false]);
      assert.deepEqual(said, ['1', '2', ...(stays ? ['5', '6'] : ['3', '4'])]);
    }
  });
});
