import { RunLoop } from '../../debug-adapter/embedded/run-loop';
import { SourceLines } from '../../debug-adapter/embedded/source-lines';
import { StopConditions } from '../../debug-adapter/embedded/stop-conditions';
import { createMachine } from '../../debug-adapter/emulator/machine/create-machine';
import { Vmm } from '../../debug-adapter/vmm/vmm';
import { correct } from '../../debug-adapter/vmm/what-if';
import { coreModule, program } from '../core/guest';

const hartCount = 4;
const nsPerInstruction = 10;
const repetitions = 3;
const instructionCount = 20_000_000;

/** All harts add to one word without a lock, and hash in registers of their own. */
const racingHarts = [
  'auipc s0, 1',
  'csrrs s1, mhartid, zero',
  'addi s2, s1, 77',
  'lw t0, 0(s0)',
  'addi t0, t0, 1',
  'sw t0, 0(s0)',
  'slli t1, s2, 13',
  'xor s2, s2, t1',
  'srli t1, s2, 7',
  'xor s2, s2, t1',
  'jal zero, -28',
];

/** Each reads mtime every so often. */
const clockReaders = [
  'lui s0, 0x200c',
  'csrrs s1, mhartid, zero',
  'addi s2, s1, 77',
  'ld t0, -8(s0)',
  ...Array.from({ length: 3 }, () => ['slli t1, s2, 13', 'xor s2, s2, t1', 'srli t1, s2, 7', 'xor s2, s2, t1']).flat(),
  'jal zero, -52',
];

/** Mean lengths of a quantum, in instructions, and the goals for some. */
const quanta = [1, 10, 100, 1000] as const;
const clockReadersQuantum = 10;
const goals: Readonly<Record<number, number>> = { 1: 40, 10: 150 };

/** Guest MIPS, all harts together, by the length of their quanta; best of interleaved runs by CPU time. */
export function benchQuanta(say: (line: string) => void): void {
  say(`\n${hartCount} harts that race, by the mean length of their quanta; best of ${repetitions} interleaved runs`);
  const best = new Map<number, number>();
  let readers = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const quantum of quanta) best.set(quantum, Math.max(best.get(quantum) ?? 0, mipsOf(racingHarts, quantum)));
    readers = Math.max(readers, mipsOf(clockReaders, clockReadersQuantum));
  }
  for (const [quantum, mips] of best) {
    const goal = goals[quantum];
    const words = goal === undefined ? '' : ` (goal: ${goal})`;
    say(`${String(quantum).padStart(5)} instructions ${mips.toFixed(1).padStart(8)} MIPS${words}`);
  }
  const words = `${clockReadersQuantum} instructions, of which each fourteenth reads mtime`;
  say(`    ${words} ${readers.toFixed(1).padStart(8)} MIPS`);
}

function mipsOf(guest: readonly string[], quantum: number): number {
  const image = { path: 'harts', bytes: program(guest) };
  const board = { hartCount, ramByteCount: 1 << 20, nsPerInstruction, hasFlash: false };
  const machine = createMachine(coreModule(), { ...board, program: image });
  const vmm = new Vmm(machine, correct, undefined, { seed: 1, quantumNs: quantum * nsPerInstruction });
  const ignore = () => {};
  const nobody = { onPhase: ignore, onThreads: ignore, onQmpEvent: ignore, onConsole: ignore, onTrigger: ignore };
  const loop = new RunLoop(vmm, new StopConditions(new SourceLines(new Map())), { kind: 'command' }, nobody);
  const runTo = (count: number): void => {
    while (loop.eventCount < count) loop.turn();
  };
  // What runs has been compiled.
  runTo(instructionCount / 4);
  const before = process.cpuUsage();
  runTo(instructionCount + instructionCount / 4);
  const { user, system } = process.cpuUsage(before);
  return instructionCount / (user + system);
}
