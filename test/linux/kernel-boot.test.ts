import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceTree } from '../../debug-adapter/emulator/machine/device-tree';
import { Console } from '../boot/console';
import { QemuConsole } from '../boot/qemu-console';
import { linuxGuest, qemuArguments, wholeBoot } from './linux-guest';

const initStarts = 'Run /init as init process';
const mib = 1024 * 1024;
/** More instructions than the kernel needs; it takes about 1.0 billion. */
const instructionCountMax = 2_000_000_000;

describe("Debian's kernel", () => {
  it('prints up to /init what it prints in QEMU given the same device tree', async () => {
    const options = linuxGuest(128, wholeBoot);
    const guest = new Console(options);
    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-linux-'));
    const tree = join(folder, 'board.dtb');
    // QEMU's `load_device_tree` makes room: 10000 bytes, then twice that size, here the 1 MiB of a tree of its own.
    const totalByteCount = mib / 2 - 10_000;
    writeFileSync(tree, deviceTree({ hartCount: 1, ramByteCount: options.ramByteCount, totalByteCount }));
    const qemu = new QemuConsole([...qemuArguments(options), '-dtb', tree]);
    try {
      const ours = guest.runUntil(initStarts, instructionCountMax);
      const theirs = await qemu.until(initStarts);
      assert.deepEqual(comparable(ours), comparable(theirs));
    } finally {
      qemu.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** Lines without times, in no order: what unpacks the initramfs is a thread of its own. */
function comparable(text: string): string[] {
  // The core's own registers and speed, the memory that the firmware's account of them takes, and the time of day.
  const own =
    /Boot HART (ISA|Base ISA|MHPM|MIDELEG|MEDELEG)|Ratio of byte access|unaligned word access speed|hardware counters|setting system clock|^(audit|Memory:|NODE_DATA)/;
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/^\[ *\d+\.\d+\] /, ''))
    .filter((line) => !own.test(line))
    .sort();
}
