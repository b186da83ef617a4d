import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { hartFrames } from '../../debug-adapter/embedded/hart-stack';
import { placeName } from '../../debug-adapter/embedded/inspect';
import type { Machine } from '../../debug-adapter/emulator/machine/machine';
import { image } from '../boot/console';
import { bareMachine, benchOf } from '../snapshot/harness';
import { Witness } from './witness';

const guests = ['working-set', 'sweep', 'journal', 'balloon', 'write-rate'];
/** Until when the ROM's code is over, which calls the guest as nobody is called. */
const resetInstructionCount = 6;

function guest(name: string): Machine {
  return bareMachine({ program: image(`extension/sample/guests/${name}.elf`), ramByteCount: 4 << 20 });
}

function follow(witness: Witness, stepCount: number): void {
  const { symbols } = witness.machine;
  const named = (stack: readonly bigint[]): string[] => stack.map((pc) => placeName(symbols, pc));
  for (let step = 0; step < stepCount; step++) {
    witness.step();
    const { unwound, expected } = witness;
    if (unwound.join() !== expected.join()) assert.deepEqual(named(unwound), named(expected), `step ${step}`);
  }
}

describe('the stack of a sample guest', () => {
  for (const name of guests) {
    it(`is at every instruction what calls and returns have made it: ${name}`, () => {
      const witness = new Witness(guest(name));
      for (let step = 0; step < resetInstructionCount; step++) witness.step();
      follow(witness, 1500);
    });
  }

  it('leads at trap_entry to where mepc lies, and through the handler and back at every instruction', async () => {
    const { debuggee, machine } = benchOf(guest('working-set'), undefined, {});
    const address = debuggee.symbolAddress('trap_entry')!;
    debuggee.setBreakpoints({ ...noBreakpoints, addresses: [{ id: 1, address }] });
    await debuggee.run({ kind: 'continue' });
    const mepc = machine.core.readCsr(0, 0x341)!;
    const stack = debuggee.stack('hart 0');
    assert.deepEqual(
      stack.map(({ name }) => name.replace(/\+.*/, '')),
      [
        'trap_entry',
        '<trap from M-mode: machine timer interrupt>',
        'rewrite_page',
        'rewrite_working_set',
        'main',
        '_start',
      ],
    );
    assert.equal(stack[2]!.kind === 'guest' && stack[2]!.pc, mepc);
    const [, ...outer] = hartFrames(machine, 0).map(({ pc }) => pc);
    debuggee.setBreakpoints(noBreakpoints);
    follow(new Witness(machine, outer.reverse(), debuggee.status().timeNs), 300);
  });

  it('has main in it, and no guess, wherever it is stopped', () => {
    for (const name of guests) {
      const machine = guest(name);
      let clockNs = 0;
      for (let stop = 0; stop < 150; stop++) {
        // The first time past the code that clears .bss and calls main.
        const { instructionCount } = machine.runHart(0, stop === 0 ? 100_000 : 4999, clockNs);
        clockNs += instructionCount * machine.nsPerInstruction;
        if (machine.powerOff) break;
        const frames = hartFrames(machine, 0);
        const functions = frames.map(({ pc }) => machine.symbols.nearest(pc)!.name);
        assert.ok(functions.includes('main'), `${name}: ${functions}`);
        assert.ok(!frames.some(({ isGuess }) => isGuess), `${name}: ${functions}`);
      }
    }
  });
});
