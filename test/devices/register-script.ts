import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { createMachine } from '../../debug-adapter/emulator/machine/create-machine';
import type { DmaWrite, Machine, MachineOptions, VirtioMmio } from '../../debug-adapter/emulator/machine/machine';
import { coreModule } from '../boot/console';
import { program } from '../core/guest';
import { Qemu } from '../stream/qemu';

/** An access of 1, 2, 4 or 8 bytes by hart 0; `value` for a write. */
export interface Access {
  readonly address: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly value?: bigint;
  /** Not one of memory: see `readMip` and `wait`. */
  readonly kind?: 'mip' | 'wait';
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

/** Reads the CSR instead: what the devices' interrupts have come to. */
export const readMip: Access = { address: 0, size: 8, kind: 'mip' };
/** Lets time go by: 2 instructions each. */
export const wait = (roundCount: number): Access => ({ address: 0, size: 8, value: BigInt(roundCount), kind: 'wait' });

const scriptOffset = 0x1000;
const answersOffset = 0x10_0000;
const doneOffset = 0xf_f000;
/** Where scripts may have data of their own. */
export const dataOffset = 0x20_0000;
const ramByteCount = 0x80_0000;
const accessCountMax = (doneOffset - scriptOffset) / 24;

/** Each kind is two instructions, so that its number is a distance: loads, stores, others, and the end. */
const kinds = [
  ...['lbu a0,0(t1)', 'lhu a0,0(t1)', 'lwu a0,0(t1)', 'ld a0,0(t1)'],
  ...['sb t2,0(t1)', 'sh t2,0(t1)', 'sw t2,0(t1)', 'sd t2,0(t1)'],
  ...['csrrs a0,mip,zero', 'wait', 'end'],
];
const kindOf = { mip: kinds.indexOf('csrrs a0,mip,zero'), wait: kinds.indexOf('wait'), end: kinds.indexOf('end') };

// Where the parts of the code begin.
const loopAt = 4 * 12;
const kindsAt = loopAt + 4 * 9;
const nextAt = kindsAt + 8 * kinds.length;
const waitAt = nextAt + 4 * 4;
const trapAt = waitAt + 4 * 3;
const endAt = trapAt + 4 * 5;

const code = [
  'auipc s2,0',
  // Other harts sleep: no interrupt that would wake them is enabled.
  'csrrs t0,mhartid,zero',
  'beq t0,zero,12',
  'wfi',
  'jal zero,-4',
  `lui s0,${scriptOffset >> 12}`,
  'add s0,s0,s2',
  `lui s1,${answersOffset >> 12}`,
  'add s1,s1,s2',
  `addi t0,s2,${trapAt}`,
  'csrrw zero,mtvec,t0',
  'addi zero,zero,0',
  // loop
  'ld t0,0(s0)',
  'ld t1,8(s0)',
  'ld t2,16(s0)',
  'addi s0,s0,24',
  'addi a0,zero,0',
  'addi a1,zero,0',
  'slli t0,t0,3',
  'add t0,t0,s2',
  `jalr zero,${kindsAt}(t0)`,
  ...kinds.flatMap((kind, index) => {
    const jump = (to: number): string => `jal zero,${to - (kindsAt + 8 * index + 4)}`;
    const out = { wait: waitAt, end: endAt }[kind];
    return out === undefined ? [kind, jump(nextAt)] : ['addi zero,zero,0', jump(out)];
  }),
  // next
  'sd a0,0(s1)',
  'sd a1,8(s1)',
  'addi s1,s1,16',
  `jal zero,${loopAt - (nextAt + 12)}`,
  // wait
  'addi t2,t2,-1',
  'bne t2,zero,-4',
  `jal zero,${nextAt - (waitAt + 8)}`,
  // trap
  'csrrs a1,mcause,zero',
  'addi a1,a1,1',
  `addi t0,s2,${nextAt}`,
  'csrrw zero,mepc,t0',
  'mret',
  // end
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
  for (const [index, { address, size, value, kind }] of accesses.entries()) {
    const at = scriptOffset + index * 24;
    const number = kind ? kindOf[kind] : Math.log2(size) + (value === undefined ? 0 : 4);
    view.setBigUint64(at, BigInt(number), true);
    view.setBigUint64(at + 8, BigInt(address), true);
    view.setBigUint64(at + 16, BigInt.asUintN(64, value ?? 0n), true);
  }
  view.setBigUint64(scriptOffset + accesses.length * 24, BigInt(kindOf.end), true);
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

/** The accesses made on our board. What drivers ask of virtio devices is done at once. */
export function runOurs(
  accesses: readonly Access[],
  options: Partial<MachineOptions> = {},
  data?: Uint8Array,
  startNs = 0,
): ScriptRun {
  const machine = ourMachine(accesses, options, data);
  machine.onVirtioNotify = (device, queue) => serve(machine, device, queue);
  const done = new DataView(machine.core.ram.buffer, machine.core.ram.byteOffset + doneOffset, 8);
  const waits = accesses.reduce((sum, { kind, value }) => sum + (kind === 'wait' ? 2 * Number(value) : 0), 0);
  for (let instructions = 0; done.getBigUint64(0, true) === 0n; ) {
    const run = machine.runHart(0, 1000, startNs + instructions * machine.nsPerInstruction);
    instructions += run.instructionCount;
    if (instructions > 40 * accesses.length + waits + 10_000) {
      throw new Error(`the script does not end: ${run.stop.kind}`);
    }
  }
  return { answers: answersIn(machine.core.ram, accesses.length), ram: machine.core.ram };
}

/** All that the queue has, within the driver's access. */
function serve({ core }: Machine, device: VirtioMmio, queue: number): void {
  const write = ({ address, bytes }: DmaWrite): void => core.writeRam(address - ramBase, bytes);
  for (let request = device.pop(queue); request; request = device.pop(queue)) {
    const event = device.availableEvent(queue);
    if (event) write(event);
    const answer = device.serve(queue, request);
    answer.forEach(write);
    write(device.fill(queue, request, answer));
    write(device.flush(queue));
    device.interrupt(queue);
  }
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
  // A console that takes all at once, as ours does.
  const qemu = await Qemu.start(['-m', `${ramByteCount >> 20}M`, '-serial', 'null', '-bios', script, ...args]);
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

interface Boards {
  readonly machine?: Partial<MachineOptions>;
  readonly qemu?: readonly string[];
  readonly data?: Uint8Array;
  /** What our clock shows at the first instruction. */
  readonly startNs?: number;
}

/** Both boards on the same virtual clock: 8 ns an instruction, from the first of 2026 on. */
export const sameClock = {
  machine: { nsPerInstruction: 8 },
  // QEMU counts the instruction that makes the access.
  startNs: 8,
  qemu: ['-icount', 'shift=3,sleep=off', '-rtc', 'base=2026-01-01T00:00:00,clock=vm'],
} as const;

/**
 * The accesses made on both boards.
 * @throws AssertionError at the first that is not answered alike, with what came before it
 */
export async function compareBoards(
  accesses: readonly Access[],
  { machine, qemu, data, startNs }: Boards = {},
): Promise<void> {
  const [ours, theirs] = [runOurs(accesses, machine, data, startNs), await runTheirs(accesses, qemu, data)];
  const index = ours.answers.findIndex((answer, at) => !isSame(answer, theirs.answers[at]!));
  if (index < 0) return;
  const before = accesses.slice(Math.max(0, index - 30), index).map((access) => `  ${text(access)}\n`);
  const what = `${before.join('')}> ${text(accesses[index]!)}: ours, then QEMU's (access ${index})`;
  assert.deepEqual(ours.answers[index], theirs.answers[index], what);
}

function isSame(a: Answer, b: Answer): boolean {
  return a.value === b.value && a.cause === b.cause;
}

function text({ address, size, value, kind }: Access): string {
  if (kind) return `${kind} ${value ?? ''}`;
  const operation = value === undefined ? 'read' : `write 0x${value.toString(16)}`;
  return `0x${address.toString(16)} ${operation} (${size})`;
}
