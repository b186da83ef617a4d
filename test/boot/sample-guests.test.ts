import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { Console, image } from './console';
import { QemuConsole } from './qemu-console';

const guests = resolve(__dirname, '../../extension/sample/guests');
const workingSet = `${guests}/working-set.elf`;
const sweep = `${guests}/sweep.elf`;
const mib = 1024 * 1024;

const at = (guest: Console, symbol: string): number => Number(guest.machine.symbols.addressOf(symbol)!) - 0x8000_0000;

function read64(guest: Console, offset: number): number {
  const { ram } = guest.machine.core;
  return Number(new DataView(ram.buffer, ram.byteOffset, ram.byteLength).getBigUint64(offset, true));
}

describe('sample guests', () => {
  for (const program of [workingSet, sweep]) {
    it(`${program.split('/').pop()} prints, echoes and powers off as in QEMU`, async () => {
      const guest = new Console({ program: image(program) });
      const banner = guest.runUntil('q to power off\r\n');
      guest.type('hello q');
      const end = guest.runUntil('power off\r\n');
      guest.run(1000);
      assert.deepEqual(guest.machine.powerOff, { kind: 'pass' });
      const qemu = new QemuConsole(['-m', '64', '-bios', program]);
      try {
        assert.equal(banner, await qemu.until('q to power off\r\n'));
        qemu.type('hello q');
        assert.equal(end, await qemu.until('power off\r\n'));
      } finally {
        qemu.dispose();
      }
    });
  }

  it('prints a line each second of virtual time, woken by the timer', () => {
    const guest = new Console({ program: image(workingSet) });
    guest.runUntil(' after 2 s\r\n');
    const seconds = guest.clockNs / 1e9;
    assert(seconds > 2 && seconds < 2.01, `${seconds} s`);
  });

  it('reads the size of RAM from the device tree', () => {
    for (const ramMib of [4, 64, 256]) {
      const guest = new Console({ program: image(sweep), ramByteCount: ramMib * mib });
      assert.match(guest.runUntil('\n'), new RegExp(` to 0x${(0x8000_0000 + ramMib * mib).toString(16)};`));
    }
  });

  it('working-set writes nothing but its pages, its counters and its stack', () => {
    const guest = new Console({ program: image(workingSet) });
    guest.runUntil('\n');
    const before = guest.machine.core.ram.slice();
    const rounds = read64(guest, at(guest, 'counter'));
    guest.run(2_000_000);
    assert(read64(guest, at(guest, 'counter')) > rounds);
    const changed = new Set<number>();
    const { ram } = guest.machine.core;
    for (let page = 0; page < ram.length / 4096; page++) {
      if (
        Buffer.compare(
          before.subarray(page * 4096, (page + 1) * 4096),
          ram.subarray(page * 4096, (page + 1) * 4096),
        ) !== 0
      )
        changed.add(page);
    }
    const first = at(guest, 'counter') / 4096;
    const end = at(guest, 'image_end') / 4096;
    const stride = Math.floor((ram.length / 4096 - end) / 32);
    for (const page of changed) {
      const isInImage = page >= first && page < end;
      assert(isInImage || (page - end) % stride === 0, `page ${page}`);
    }
    assert(changed.size >= 32 && changed.size < 40, `${changed.size} pages`);
  });

  it('sweep holds one round up to the page it writes and the round before behind it', () => {
    const guest = new Console({ program: image(sweep), ramByteCount: 2 * mib });
    guest.runUntil('\n');
    guest.run(3_000_000);
    const round = read64(guest, at(guest, 'counter')) + 1;
    assert(round > 2);
    const swept = read64(guest, at(guest, 'swept_page')) - 0x8000_0000;
    for (let page = at(guest, 'image_end'); page < 2 * mib; page += 4096) {
      // The page behind the one swept last may be under the pen.
      if (page === swept + 4096) continue;
      assert.equal(read64(guest, page), page <= swept ? round : round - 1, `page at ${page}`);
    }
  });
});
