import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ComparedAlgorithm, type ComparisonRow, compare } from '../../debug-adapter/comparison/comparison';
import { defaultParameters } from '../../debug-adapter/debuggee/migration-parameters';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { createMachine } from '../../debug-adapter/emulator/machine/create-machine';
import type { Machine } from '../../debug-adapter/emulator/machine/machine';

const root = resolve(__dirname, '../..');
const path = resolve(root, 'extension/sample/guests/write-rate.elf');

export const ramMib = 32;
const nsPerInstruction = 20;
/** QEMU's default when the series was written. */
export const maxBandwidth = 32 << 20;
/** Rounds of the pause between two writes, and so the write rate, in steps of about four. */
const pauses = [64_000, 16_000, 4_000, 1_000, 250];
/** For the write rate: the guest has begun to write by then, and how long it is watched. */
const begunNs = 100_000_000;
const measuredNs = 500_000_000;

/** The three algorithms on the same guest from the same instant, at one write rate. */
export interface RatePoint {
  /** Pages that the undisturbed guest writes in a second, repeats included. */
  readonly writesPerSecond: number;
  readonly background: ComparisonRow;
  readonly trackWritesRam: ComparisonRow;
  readonly precopy: ComparisonRow;
  /** Dirty logging again, without max-bandwidth. */
  readonly unlimited: ComparisonRow;
}

function machineWith(core: WebAssembly.Module, pauseRounds: number): Machine {
  const program = { path, bytes: readFileSync(path) };
  const machine = createMachine(core, {
    hartCount: 1,
    ramByteCount: ramMib << 20,
    nsPerInstruction,
    program,
    hasFlash: false,
  });
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(pauseRounds), true);
  machine.core.writeRam(Number(machine.symbols.addressOf('pause_rounds')!) - ramBase, bytes);
  return machine;
}

/** Of the undisturbed guest, by its own count. */
function writesPerSecond(core: WebAssembly.Module, pauseRounds: number): number {
  const machine = machineWith(core, pauseRounds);
  const counterAt = Number(machine.symbols.addressOf('counter')!) - ramBase;
  const counter = (): number =>
    Number(new DataView(machine.core.ram.buffer, machine.core.ram.byteOffset).getBigUint64(counterAt, true));
  const run = (untilNs: number, fromNs: number): void => {
    for (let at = fromNs; at < untilNs; )
      at += machine.runHart(0, (untilNs - at) / nsPerInstruction, at).instructionCount * nsPerInstruction;
  };
  run(begunNs, 0);
  const before = counter();
  run(begunNs + measuredNs, begunNs);
  // To three digits: how long the guest takes to begin must not tell.
  return Number((((counter() - before) * 1e9) / measuredNs).toPrecision(3));
}

export async function sweep(core: WebAssembly.Module): Promise<RatePoint[]> {
  const points: RatePoint[] = [];
  for (const pauseRounds of pauses) {
    const guest = {
      createMachine: () => machineWith(core, pauseRounds),
      trigger: { kind: 'console', text: 'q to power off' } as const,
    };
    const take = (algorithms: readonly ComparedAlgorithm[], bytesPerSecond: number): Promise<ComparisonRow[]> =>
      compare(guest, {
        algorithms,
        snapshot: { parameters: { ...defaultParameters, maxBandwidth: bytesPerSecond } },
        precopyCapabilities: ['auto-converge'],
        nextTurn: () => new Promise((done) => setImmediate(done)),
      });
    const [background, trackWritesRam, precopy] = await take(
      ['background-snapshot', 'track-writes-ram', 'precopy'],
      maxBandwidth,
    );
    const [unlimited] = await take(['precopy'], 0);
    points.push({
      writesPerSecond: writesPerSecond(core, pauseRounds),
      background: background!,
      trackWritesRam: trackWritesRam!,
      precopy: precopy!,
      unlimited: unlimited!,
    });
  }
  return points;
}
