import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { createMachine } from '../../debug-adapter/emulator/machine/create-machine';
import type { Machine, MachineOptions } from '../../debug-adapter/emulator/machine/machine';
import { coreModule } from '../boot/console';
import { program } from '../core/guest';
import { Qemu } from '../stream/qemu';

/** An access of 1, 2, 4 or 8 bytes by a hart; `value` for a write. */
export interface Access {
  readonly address: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly value?: bigint;
}

/** What a read gave, or the cause of the trap. A write gives 0. */
export interface Answer {
  readonly value: bigint;
  readonly cause: bigint;
}

export const read = (address: number, size: Access['size']): Access => ({ address, size });
export const write = (address: number, size: Access['size'], value: number | bigint): Access => {
  return { address, size, value: BigInt(value) };
};

const scriptOffset = 0x1000;
const answersOffset = 0x10_0000;
const doneOffset = 0xf_f000;
/** Where scripts may have data of their own. */
export const dataOffset = 0x20_0000;
const ramByteCount = 0x80_0000;
const accessCountMax = (doneOffset - scriptOffset) / 24;

/** Each kind of access is two instructions, so that its number is a distance: loads, stores, and the end. */
const kinds = ['lbu a0', 'lhu a0', 'lwu a0', 'ld a0', 'sb t2', 'sh t2', 'sw t2', 'sd t2'];
const end = kinds.length;

const head = [
  'auipc s2,0',
  `lui s0,${scriptOffset >> 12}`,
  'add s0,s0,s2',
  `lui s1,${answersOffset >> 12}`,
  'add s1,s1,s2',
  'addi t0,s2,148', // trap
  'csrrw zero,mtvec,t0',
  // loop: 28
  'ld t0,0(s0)',
  'ld t1,8(s0)',
  'ld t2,16(s0)',
  'addi s0,s0,24',
  'addi a0,zero,0',
  'addi a1,zero,0',
  'slli t0,t0,3',
  'add t0,t0,s2',
  'jalr zero,64(t0)',
];
// Kinds from 64 on, next at 132, trap at 148, end at 168.
const code = [
  ...head,
  ...kinds.flatMap((kind, index) => [`${kind},0(t1)`, `jal zero,${132 - (64 + index * 8 + 4)}`]),
  `jal zero,${168 - 128}`,
  'sd a0,0(s1)',
  'sd a1,8(s1)',
  'addi s1,s1,16',
  `jal zero,${28 - 144}`,
  'csrrs a1,mcause,zero',
  'addi a1,a1,1',
  'addi t0,s2,132',
  'csrrw zero,mepc,t0',
  'mret',
  `lui t0,${doneOffset >> 12}`,
  'add t0,t0,s2',
  'sd s2,0(t0)',
  'jal zero,0',
];

/** A flat image that makes the accesses one after the other. @param data what is at `dataOffset` before */
export function scriptImage(accesses: readonly Access[], data: Uint8Array = new Uint8Array(0)): Uint8Array {
  if (accesses.length >= accessCountMax) throw new RangeError(`a script of ${accesses.length} accesses`);
  const bytes = new Uint8Array(dataOffset + data.length);
  bytes.set(program(code));
  bytes.set(data, dataOffset);
  const view = new DataView(bytes.buffer);
  for (const [index, { address, size, value }] of accesses.entries()) {
    const at = scriptOffset + index * 24;
    view.setBigUint64(at, BigInt(Math.log2(size) + (value === undefined ? 0 : 4)), true);
    view.setBigUint64(at + 8, BigInt(address), true);
    view.setBigUint64(at + 16, BigInt.asUintN(64, value ?? 0n), true);
  }
  view.setBigUint64(scriptOffset + accesses.length * 24, BigInt(end), true);
  return bytes;
}

function answersIn(ram: Uint8Array, count: number): Answer[] {
  const view = new DataView(ram.buffer, ram.byteOffset + answersOffset);
  return Array.from({ length: count }, (_, index) => ({
    value: view.getBigUint64(index * 16, true),
    // Stored one higher, so that 0 is none.
    cause: view.getBigUint64(index * 16 + 8, true) - 1n,
  }));
}

/** Waits for a QEMU that runs a script to have made all accesses. */
export async function scriptEnd(qemu: Qemu): Promise<void> {
  // The program's address, of which the upper half word is not zero.
  const isDone = async () => (await qemu.halfWord(ramBase + doneOffset + 2)) !== 0;
  await qemu.until(isDone, 'end of the script');
}

export interface ScriptRun {
  readonly answers: readonly Answer[];
  /** RAM afterwards. */
  readonly ram: Uint8Array;
}

/** Our board, before the first access. */
export function ourMachine(
  accesses: readonly Access[],
  options: Partial<MachineOptions> = {},
  data?: Uint8Array,
): Machine {
  return createMachine(coreModule(), {
    hartCount: 1,
    ramByteCount,
    nsPerInstruction: 10,
    program: { path: 'script', bytes: scriptImage(accesses, data) },
    ...options,
  });
}

/** The accesses made on our board. */
export function runOurs(
  accesses: readonly Access[],
  options: Partial<MachineOptions> = {},
  data?: Uint8Array,
): ScriptRun {
  const machine = ourMachine(accesses, options, data);
  const done = new DataView(machine.core.ram.buffer, machine.core.ram.byteOffset + doneOffset, 8);
  for (let instructions = 0; done.getBigUint64(0, true) === 0n; ) {
    const run = machine.runHart(0, 1000, instructions * 10);
    instructions += run.instructionCount;
    if (instructions > 40 * accesses.length + 10_000) throw new Error(`the script does not end: ${run.stop.kind}`);
  }
  return { answers: answersIn(machine.core.ram, accesses.length), ram: machine.core.ram };
}

/** The accesses made on a real QEMU's board. @param args further arguments, such as devices */
export async function runTheirs(
  accesses: readonly Access[],
  args: readonly string[] = [],
  data?: Uint8Array,
): Promise<ScriptRun> {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-script-'));
  const [script, ram] = ['script', 'ram'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(script, scriptImage(accesses, data));
  const qemu = await Qemu.start(['-m', `${ramByteCount >> 20}M`, '-bios', script, ...args]);
  try {
    await scriptEnd(qemu);
    await qemu.execute('pmemsave', { val: ramBase, size: ramByteCount, filename: ram });
    const bytes = new Uint8Array(readFileSync(ram));
    return { answers: answersIn(bytes, accesses.length), ram: bytes };
  } finally {
    await qemu.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
