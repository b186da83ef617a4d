import assert from 'node:assert/strict';
import type { Breakpoints as Armed } from '../debuggee/breakpoints';
import type { Debuggee } from '../debuggee/debuggee';
import { whole } from '../debuggee/pieces';
import type { ConditionTexts } from './breakpoint-conditions';
import { Breakpoints } from './breakpoints';

const names = { lookup: () => 7n, symbolAddress: () => undefined, readMemory: () => new Uint8Array(0) };

/** What a debuggee is given for a breakpoint on a line whose code is at two addresses. */
function armed(texts: ConditionTexts): Armed {
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
  const breakpoints = new Breakpoints(debuggee as unknown as Debuggee, sources as never, true, () => {});
  whole(breakpoints.setLines({ source: { path: 'a.c' }, breakpoints: [{ line: 1, ...texts }] }));
  return given!;
}

describe('a breakpoint on a line whose code is at several addresses', () => {
  it('counts over all of them together', () => {
    const { addresses } = armed({ condition: 'hits == 3' });
    const stops = (): boolean[] => addresses.map(({ condition }) => condition!(names));
    assert.deepEqual([stops(), stops()].flat(), [false, false, true, false]);
    assert.equal(new Set(addresses.map(({ tally }) => tally)).size, 1);
  });
});
