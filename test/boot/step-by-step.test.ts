import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { createMachine } from '../../debug-adapter/emulator/machine/create-machine';
import { deviceTree, rngSeed } from '../../debug-adapter/emulator/machine/device-tree';
import type { Machine } from '../../debug-adapter/emulator/machine/machine';
import { firmwarePaths } from '../../tools/parts.mjs';
import { foreignInterrupts } from '../core/beside-qemu';
import { isSame, loggedCsrs, type State, statesOfQemu } from '../core/qemu-log';
import { Qemu } from '../stream/qemu';
import { coreModule, image } from './console';

const mib = 1 << 20;
const ramByteCount = 64 * mib;
/** Where OpenSBI's fw_jump enters the next stage. */
const nextStage = 0x8020_0000n;
/** Where Debian's OpenSBI has its functions on strings, 86 % of its boot: between two steps outside all of them run. */
const strings = { start: 0x8000_c160n, end: 0x8000_c380n };
const outsideStrings = `0..0x${(strings.start - 1n).toString(16)},0x${strings.end.toString(16)}..0xffffffff`;
/** Instructions compared, of about 1.5 million outside the strings; `STEPS=all` compares every one. */
const stepCount = process.env.STEPS === 'all' ? Infinity : Number(process.env.STEPS ?? 20_000);
/** With `-icount shift=0`. */
const nsPerInstruction = 1;
/** Of `time`. */
const nsPerTick = 100;

/** STIP: with Sstc it is the comparison of time and stimecmp, which QEMU makes only when stimecmp is written. */
const stip = 0x20n;
const ignored: Readonly<Record<string, bigint>> = {
  mip: foreignInterrupts | stip,
  mie: foreignInterrupts,
  mideleg: foreignInterrupts,
};

/** QEMU puts a seed of its own into the device tree at each reset: ours takes it over. */
async function takeSeedOfQemu({ core }: Machine, arguments_: readonly string[]): Promise<void> {
  const qemu = await Qemu.start([...arguments_, '-S']);
  try {
    await takeSeedOf(qemu, core);
  } finally {
    await qemu.stop();
  }
}

async function takeSeedOf(qemu: Qemu, core: Machine['core']): Promise<void> {
  const ours = Buffer.alloc(rngSeed.length * 4);
  for (const [index, word] of rngSeed.entries()) ours.writeUInt32BE(word, index * 4);
  const offset = Buffer.from(core.ram.buffer, core.ram.byteOffset, core.ram.length).indexOf(ours);
  const filename = join(qemu.directory, 'seed');
  await qemu.execute('pmemsave', { val: ramBase + offset, size: ours.length, filename });
  core.writeRam(offset, readFileSync(filename));
}

async function programCounter(qemu: Qemu): Promise<bigint> {
  const registers = await qemu.execute('human-monitor-command', { 'command-line': 'info registers' });
  return BigInt(`0x${/\bpc\s+([0-9a-f]+)/.exec(String(registers))![1]}`);
}

/** Where the instruction at `pc` puts the `time` CSR; undefined when it does not read it. */
function registerOfTimeRead({ core }: Machine, pc: bigint): number | undefined {
  const offset = Number(pc) - ramBase;
  if (offset < 0) return undefined;
  const word = new DataView(core.ram.buffer, core.ram.byteOffset).getUint32(offset, true);
  return (word & 0x7f) === 0x73 && word >>> 20 === 0xc01 ? (word >>> 7) & 31 : undefined;
}

function isOfStrings(pc: bigint): boolean {
  return pc >= strings.start && pc < strings.end;
}

function assertSame({ core }: Machine, expected: State, step: number): void {
  const where = () => `before instruction ${step}, pc 0x${core.pc.get(0).toString(16)}`;
  for (let register = 1; register < 32; register++) {
    const value = core.readX(0, register);
    if (value !== expected.get(`x${register}`))
      assert.equal(value, expected.get(`x${register}`), `x${register} ${where()}`);
  }
  for (const [name, csr] of Object.entries(loggedCsrs)) {
    const mask = ~(ignored[name] ?? 0n);
    const [ours, theirs] = [core.readCsr(0, csr)! & mask, expected.get(name)! & mask];
    if (ours !== theirs) assert.equal(ours.toString(16), theirs.toString(16), `${name} ${where()}`);
  }
}

describe('the boot of OpenSBI', function () {
  if (stepCount === Infinity) this.timeout(0);

  it('has the pc, registers and CSRs that it has in a real QEMU, instruction by instruction', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-steps-'));
    try {
      const bios = image(firmwarePaths().opensbi);
      const machine = createMachine(coreModule(), { hartCount: 1, ramByteCount, nsPerInstruction, bios });
      const tree = join(folder, 'board.dtb');
      // QEMU's `load_device_tree` makes room: 10000 bytes, then twice that size, here the 1 MiB of a tree of its own.
      const totalByteCount = mib / 2 - 10_000;
      writeFileSync(tree, deviceTree({ hartCount: 1, ramByteCount, totalByteCount }));
      const { core } = machine;
      const arguments_ = ['-m', '64M', '-bios', bios.path, '-dtb', tree, '-seed', '1'];
      await takeSeedOfQemu(machine, arguments_);
      const log = ['-icount', 'shift=0,sleep=off', '-dfilter', outsideStrings];
      let step = 0;
      /** What QEMU's clock is ahead: it counts more than instructions, and a read of `time` shows how much. */
      let aheadNs = 0;
      let timeRegister: number | undefined;
      let compared = 0;
      let before: State | undefined;
      for await (const expected of statesOfQemu([...arguments_, ...log], 'cpu')) {
        const pc = expected.get('pc')!;
        const isAgain = before !== undefined && isSame(before, expected);
        before = expected;
        if (pc !== core.pc.get(0)) {
          // QEMU enters an instruction a second time when its budget of 65,536 ends before it.
          if (isAgain) continue;
          // QEMU shows a trap's handler before its first instruction; here the trap and that are one step.
          assert.equal(pc, core.readCsr(0, loggedCsrs.mtvec)! & ~3n, `pc 0x${core.pc.get(0).toString(16)} at ${step}`);
          continue;
        }
        // Timers' lines follow the clock at the start of a run.
        if (timeRegister !== undefined) {
          const time = expected.get(`x${timeRegister}`)!;
          core.writeX(0, timeRegister, time);
          aheadNs = Number(time) * nsPerTick - step * nsPerInstruction;
        }
        machine.runHart(0, 0, step * nsPerInstruction + aheadNs);
        assertSame(machine, expected, step);
        if (pc === nextStage || ++compared === stepCount) break;
        timeRegister = registerOfTimeRead(machine, pc);
        do {
          machine.runHart(0, 1, step * nsPerInstruction + aheadNs);
          step++;
        } while (isOfStrings(core.pc.get(0)));
      }
      assert.ok(compared === stepCount || core.pc.get(0) === nextStage, `${compared} instructions`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('leaves the RAM that it leaves in a real QEMU, byte for byte', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-steps-'));
    // The next stage: `c.j` to itself.
    const kernel = { path: join(folder, 'kernel'), bytes: Uint8Array.of(0x01, 0xa0, 0, 0) };
    writeFileSync(kernel.path, kernel.bytes);
    const bios = image(firmwarePaths().opensbi);
    const machine = createMachine(coreModule(), { hartCount: 1, ramByteCount, nsPerInstruction, bios, kernel });
    const tree = join(folder, 'board.dtb');
    writeFileSync(tree, deviceTree({ hartCount: 1, ramByteCount, totalByteCount: mib / 2 - 10_000 }));
    const images = ['-bios', bios.path, '-kernel', kernel.path, '-dtb', tree];
    const qemu = await Qemu.start(['-cpu', 'rv64,h=false', '-m', '64M', ...images, '-S']);
    try {
      const { core } = machine;
      await takeSeedOf(qemu, core);
      for (let step = 0; core.pc.get(0) !== nextStage; ) step += machine.runHart(0, 100, step).instructionCount;
      const ours = Buffer.from(core.ram.buffer, core.ram.byteOffset, ramByteCount);
      const filename = join(folder, 'ram');
      await qemu.execute('cont');
      // Nothing changes there.
      await qemu.until(async () => (await programCounter(qemu)) === nextStage, 'next stage');
      await qemu.execute('stop');
      await qemu.execute('pmemsave', { val: ramBase, size: ramByteCount, filename });
      const theirs = readFileSync(filename);
      const differing = ours.findIndex((byte, offset) => byte !== theirs[offset]);
      assert.equal(differing, -1, `offset 0x${differing.toString(16)}`);
    } finally {
      await qemu.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
