import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DebuggeeError } from '../../debuggee/debuggee';
import { type Layout, layOut } from './loader';
import type { Image, MachineOptions } from './machine';

const mib = 1024 * 1024;
const sample = (name: string): Image => {
  const path = resolve(__dirname, '../../../extension/sample/guests', name);
  return { path, bytes: readFileSync(path) };
};
const flat = (byteCount: number, path = 'flat.bin'): Image => ({ path, bytes: new Uint8Array(byteCount).fill(1) });

const layout = (options: Partial<MachineOptions>): Layout =>
  layOut({ hartCount: 1, ramByteCount: 64 * mib, nsPerInstruction: 10, ...options });

function errorOf(options: Partial<MachineOptions>): DebuggeeError {
  try {
    layout(options);
  } catch (error) {
    assert(error instanceof DebuggeeError, String(error));
    return error;
  }
  throw new Error('no error');
}

describe('loader', () => {
  it('puts a kernel at the next 2 MiB behind the firmware', () => {
    const { regions, kernelEntry, start } = layout({ bios: flat(0x1_c280), kernel: flat(0x9_e6c0) });
    assert.deepEqual(
      regions.map(({ address }) => address),
      [0x8000_0000, 0x8020_0000, 0x83e0_0000],
    );
    assert.equal(start, 0x8000_0000n);
    assert.equal(kernelEntry, 0x8020_0000n);
    assert.equal(layout({ bios: flat(2 * mib + 1), kernel: flat(1) }).kernelEntry, 0x8040_0000n);
  });

  it('puts an initrd half of RAM behind the kernel, and no more than 128 MiB', () => {
    const images = { bios: flat(16), kernel: flat(16), initrd: flat(5000) };
    const addresses = [16, 64, 256, 1024].map((size) => {
      return layout({ ...images, ramByteCount: size * mib }).regions[2]!.address - 0x8020_0000;
    });
    assert.deepEqual(addresses, [8 * mib, 32 * mib, 128 * mib, 128 * mib]);
  });

  it('keeps the memory free that a Linux Image names in its header', () => {
    const kernel = flat(100, 'Image');
    new DataView(kernel.bytes.buffer).setBigUint64(0x10, BigInt(20 * mib), true);
    kernel.bytes.set(new TextEncoder().encode('RISCV'), 0x30);
    const options = { bios: flat(16), kernel, initrd: flat(16) };
    assert.equal(layout(options).regions[1]!.byteCount, 20 * mib);
    assert.equal(errorOf({ ...options, ramByteCount: 32 * mib }).code, 'images-overlap');
  });

  it('puts the device tree where QEMU does', () => {
    const addresses = [3, 4, 16, 64, 1024, 2048].map((size) => {
      return layout({ program: flat(16), ramByteCount: size * mib }).fdtAddress;
    });
    assert.deepEqual(addresses, [0x8020_0000, 0x8020_0000, 0x80e0_0000, 0x83e0_0000, 0xbfe0_0000, 0xbfe0_0000]);
  });

  it('runs in RAM so small that QEMU would give up', () => {
    assert.equal(layout({ program: flat(16), ramByteCount: 256 * 1024 }).fdtAddress, 0x8003_c000);
  });

  it('starts an ELF file at its entry', () => {
    const program = sample('sweep.elf');
    const bytes = Buffer.from(program.bytes);
    bytes.writeBigUInt64LE(0x8000_0010n, 0x18);
    assert.equal(layout({ program }).start, 0x8000_0000n);
    assert.equal(layout({ program: { path: 'moved', bytes } }).start, 0x8000_0010n);
  });

  it('says how much RAM is needed', () => {
    assert.equal(
      errorOf({ program: flat(3 * mib), ramByteCount: mib }).message,
      'RAM is too small: the program flat.bin needs 3 MiB at 0x80000000, `ram` is 1 MiB. Set `ram` to at least 5 MiB.',
    );
    const tree = errorOf({ program: flat(mib - 4096), ramByteCount: mib });
    assert.equal(tree.code, 'ram-too-small');
    assert.match(tree.message, /Set `ram` to at least 2 MiB/);
    assert.equal(errorOf({ bios: flat(16), kernel: flat(16), ramByteCount: 4 * mib }).code, 'ram-too-small');
  });

  it('needs no more RAM than it asks for', () => {
    for (const size of [1, 30 * mib, 200 * mib]) {
      const options = { bios: flat(16), kernel: flat(16), initrd: flat(size) };
      const message = errorOf({ ...options, ramByteCount: 4 * mib }).message;
      layout({ ...options, ramByteCount: Number(/at least (\d+) MiB/.exec(message)![1]) * mib });
    }
    for (const size of [1, 2 * mib, 3 * mib, 7 * mib + 5]) {
      const needed = /at least (\d+) MiB/.exec(errorOf({ program: flat(size), ramByteCount: 4096 }).message)![1];
      layout({ program: flat(size), ramByteCount: Number(needed) * mib });
    }
  });

  it('leaves out the headers that a linker puts below RAM, into the segment of the text', () => {
    const bytes = new Uint8Array(0x1000 + 8).fill(0x13, 0x1000);
    const view = new DataView(bytes.buffer);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    for (const [at, value] of [
      [0x10, 2],
      [0x12, 243],
      [0x36, 56],
      [0x38, 1],
    ] as const) {
      view.setUint16(at, value, true);
    }
    view.setBigUint64(0x18, 0x8000_0004n, true);
    view.setBigUint64(0x20, 64n, true);
    view.setUint32(64, 1, true);
    for (const [at, value] of [
      [0x50, 0x7fff_f000n],
      [0x58, 0x7fff_f000n],
      [0x60, BigInt(bytes.length)],
      [0x68, BigInt(bytes.length)],
    ] as const) {
      view.setBigUint64(at, value, true);
    }
    const { regions, start } = layout({ program: { path: 'plain.elf', bytes } });
    assert.equal(start, 0x8000_0004n);
    assert.deepEqual([regions[0]!.address, [...regions[0]!.bytes]], [0x8000_0000, new Array(8).fill(0x13)]);
  });

  it('refuses an image linked outside RAM', () => {
    const bytes = Buffer.from(sample('sweep.elf').bytes);
    const header = bytes.readUInt32LE(0x20) + 56;
    bytes.writeBigUInt64LE(0x1_0000n, header + 0x18);
    assert.equal(errorOf({ program: { path: 'low.elf', bytes } }).code, 'outside-ram');
  });

  it('refuses overlapping images', () => {
    const error = errorOf({ bios: sample('sweep.elf'), kernel: sample('working-set.elf') });
    assert.equal(error.code, 'images-overlap');
  });

  it('refuses what cannot be combined', () => {
    const codes = [
      {},
      { program: flat(1), bios: flat(1) },
      { kernel: flat(1) },
      { bios: flat(1), initrd: flat(1) },
      { program: flat(1), append: 'quiet' },
      { bios: flat(1), kernel: flat(1), initrd: flat(0) },
      { program: flat(0) },
      { program: flat(9, 'text.elf') },
      { program: flat(1), ramByteCount: 0 },
      { program: flat(1), ramByteCount: 4095 },
      { program: flat(1), ramByteCount: 2 ** 40 },
    ].map((options) => errorOf(options).code);
    assert.deepEqual(codes, [
      'no-image',
      'program-and-bios',
      'kernel-without-bios',
      'initrd-without-kernel',
      'append-without-kernel',
      'empty-image',
      'empty-image',
      'not-elf',
      'ram-size',
      'ram-size',
      'ram-size',
    ]);
  });
});
