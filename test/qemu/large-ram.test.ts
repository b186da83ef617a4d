import assert from 'node:assert/strict';
import { PageState } from '../../debug-adapter/protocol/page-states';
import { HeldSnapshot } from '../../debug-adapter/qemu/held-snapshot';
import { PageStates } from '../../debug-adapter/qemu/page-states';
import { RamCopy } from '../../debug-adapter/qemu/ram-copy';
import type { RunningQemu } from '../../debug-adapter/qemu/running-qemu';
import { startQemu } from '../../debug-adapter/qemu/start-qemu';
import { requirePart } from '../../tools/parts.mjs';

const ram = 'riscv_virt_board.ram';
const pageCount = (5 * 2 ** 30) / 4096;
/** Behind the first 4 GiB. */
const loaded = { page: 0x12_0000, address: '0x1a0000000', value: 0x1122334455667788n };

describe('a real QEMU with more RAM than a buffer of Node 20 holds', () => {
  let qemu: RunningQemu;

  before(async () => {
    const load = `loader,addr=${loaded.address},data=0x${loaded.value.toString(16)},data-len=8`;
    // Nobody writes to the rest: it takes no memory.
    const guest = ['-M', 'virt', '-m', '5G', '-bios', 'none', '-device', load];
    const args = [...guest, '-nic', 'none', '-display', 'none', '-serial', 'null'];
    const listener = { onConsole() {}, onMessage() {}, onQmpEvent() {} };
    qemu = await startQemu({ binary: requirePart('qemu'), args }, listener);
  });

  after(() => qemu?.close());

  it('is left in peace as soon as nobody waits for the memory that a copy takes', async () => {
    let askedCount = 0;
    assert.equal(await new RamCopy(qemu.facts).prepare(qemu.blocks, () => ++askedCount === 2), false);
    assert.equal(askedCount, 2);
  });

  it('is held at the arming with all of it copied and shown as protected', async () => {
    const snapshot = await HeldSnapshot.begin(qemu, { write: () => undefined });
    for (let place = await snapshot.next(); place; place = await snapshot.next()) {
      if (place.kind === 'trace' && place.passing.kind === 'armed') break;
    }
    assert.equal(snapshot.truth.page(ram, loaded.page)!.readBigUInt64LE(), loaded.value);
    for (const page of [0, loaded.page + 1, pageCount - 1]) {
      assert.ok(snapshot.truth.page(ram, page)!.equals(Buffer.alloc(4096)), `page ${page}`);
    }
    assert.equal(snapshot.truth.page(ram, pageCount), undefined);
    const states = new PageStates(qemu.blocks);
    states.refresh(qemu, snapshot.armed, 1);
    assert.equal(states.of(ram)!.counts()[PageState.Protected], pageCount);
    await snapshot.close();
  });
});
