import { geometricMean, LoopRun, loops } from './guest-mips';

/** Short turns of the two machines alternate, so that whatever else the host does strikes both. */
const turns = 400;
/** So many turns without a fault are more than a round of any loop: its pages are all back. */
const calmTurns = 40;

/**
 * What write protection costs a guest that meets none of it: each loop runs in two cores, one whose RAM was protected
 * page by page faulted back in until the loop ran free of faults.
 */
export function benchArmedProtection(say: (line: string) => void): void {
  say('\nLoops with write protection armed but no faults, beside the same without; turns alternate');
  const ratios = loops.map((loop) => {
    const free = new LoopRun(loop, loop.rounds * 1000);
    const armed = new LoopRun(loop, loop.rounds * 1000);
    for (const run of [free, armed]) run.turn();
    armed.core.pages.protectAll();
    for (let calm = 0; calm < calmTurns; calm++) {
      const faultsBefore = armed.faultCount;
      for (const run of [free, armed]) run.turn();
      if (armed.faultCount > faultsBefore) calm = 0;
    }
    const faultsBefore = armed.faultCount;
    let [freeMs, armedMs] = [0, 0];
    for (let turn = 0; turn < turns; turn++) {
      // Which of the two goes first alternates as well.
      const order = turn % 2 === 0 ? [free, armed] : [armed, free];
      for (const run of order) {
        const ms = run.turn();
        if (run === free) freeMs += ms;
        else armedMs += ms;
      }
    }
    if (armed.faultCount !== faultsBefore) throw new Error(`${loop.name} still faults`);
    const ratio = armedMs / freeMs;
    say(`${loop.name.padEnd(10)} ${percent(ratio)} (${faultsBefore} pages had faulted before)`);
    return ratio;
  });
  say(`geometric mean: ${percent(geometricMean(ratios))} (goal: less than 3 %)`);
}

function percent(ratio: number): string {
  const change = (ratio - 1) * 100;
  return `${change < 0 ? '' : '+'}${change.toFixed(1)} % time`;
}
