import assert from 'node:assert/strict';
import { VirtioMmio, type VirtioWires } from './virtio-mmio';
import { VirtioRng } from './virtio-rng';

const ramBase = 0x8000_0000;
const queueBase = ramBase + 0x1000;
const available = 0x1080;
const used = 0x2000;

/** A driver with one queue of 8 in RAM of 16 KiB. */
function fixture() {
  const ram = new Uint8Array(0x4000);
  const view = new DataView(ram.buffer);
  const seen = { irq: false, notified: [] as number[] };
  const wires: VirtioWires = {
    memory: (address, byteCount) => {
      const offset = address - ramBase;
      return offset >= 0 && offset + byteCount <= ram.length ? ram.subarray(offset, offset + byteCount) : undefined;
    },
    setIrq: (level) => {
      seen.irq = level;
    },
    notify: (_device, queue) => seen.notified.push(queue),
  };
  const device = new VirtioMmio(new VirtioRng(1), wires, { slot: 7, isModern: false });
  const write = (offset: number, value: number): unknown => device.write(offset, 4, BigInt(value));
  write(0x28, 4096);
  write(0x38, 8);
  write(0x3c, 4096);
  write(0x40, queueBase / 4096);
  write(0x70, 7);
  const describe = (index: number, address: number, byteCount: number, flags: number, next = 0): void => {
    const at = 0x1000 + 16 * index;
    view.setBigUint64(at, BigInt(address), true);
    view.setUint32(at + 8, byteCount, true);
    view.setUint16(at + 12, flags, true);
    view.setUint16(at + 14, next, true);
  };
  const offer = (head: number): void => {
    const index = view.getUint16(available + 2, true);
    view.setUint16(available + 4 + 2 * (index % 8), head, true);
    view.setUint16(available + 2, index + 1, true);
  };
  return { device, ram, view, seen, write, describe, offer };
}

describe('virtio over MMIO', () => {
  it('shows the legacy interface of an entropy device', () => {
    const { device } = fixture();
    assert.deepEqual(
      [0, 4, 8, 12, 0x34].map((offset) => device.read(offset, 4)),
      [0x7472_6976n, 1n, 4n, 0x554d_4551n, 1024n],
    );
  });

  it('serves a chain of buffers and says so in the used ring, element first', () => {
    const { device, describe, offer, write, seen, view } = fixture();
    describe(3, ramBase + 0x3000, 10, 3, 5);
    describe(5, ramBase + 0x3100, 6, 2);
    offer(3);
    write(0x50, 0);
    assert.deepEqual(seen.notified, [0]);
    const request = device.pop(0)!;
    assert.deepEqual(
      { head: request.head, inByteCount: request.inByteCount, out: request.out.length },
      { head: 3, inByteCount: 16, out: 0 },
    );
    const answer = device.serve(0, request);
    assert.deepEqual(
      answer.map(({ address, bytes }) => [address - ramBase, bytes.length]),
      [
        [0x3000, 10],
        [0x3100, 6],
      ],
    );
    assert.deepEqual(device.fill(0, request, answer), {
      address: ramBase + used + 4,
      bytes: Uint8Array.of(3, 0, 0, 0, 16, 0, 0, 0),
    });
    assert.deepEqual(device.flush(0), { address: ramBase + used + 2, bytes: Uint8Array.of(1, 0) });
    assert.equal(device.pop(0), undefined);
    device.interrupt(0);
    assert.equal(seen.irq, true);
    write(0x64, 1);
    assert.equal(seen.irq, false);
    view.setUint16(available, 1, true);
    device.interrupt(0);
    assert.equal(seen.irq, false);
  });

  it('follows an indirect table', () => {
    const { device, describe, offer, view } = fixture();
    describe(0, ramBase + 0x3000, 16, 4);
    view.setBigUint64(0x3000, BigInt(ramBase + 0x3800), true);
    view.setUint32(0x3008, 32, true);
    view.setUint16(0x300c, 2, true);
    offer(0);
    assert.deepEqual(device.pop(0)!.in, [{ address: ramBase + 0x3800, byteCount: 32 }]);
  });

  for (const [what, spoil] of [
    ['a loop of descriptors', (f) => f.describe(0, ramBase, 1, 3, 0)],
    ['a descriptor outside the table', (f) => f.describe(0, ramBase, 1, 3, 8)],
    ['a buffer outside RAM', (f) => f.describe(0, ramBase + 0x3fff, 2, 2)],
    ['a queue outside RAM', (f) => f.write(0x40, 1)],
    ['more requests than fit', (f) => f.view.setUint16(available + 2, 9, true)],
  ] satisfies [string, (f: ReturnType<typeof fixture>) => void][]) {
    it(`serves nothing more behind ${what} before a reset`, () => {
      const f = fixture();
      f.offer(0);
      spoil(f);
      assert.equal(f.device.pop(0), undefined);
      assert.equal(f.device.save().broken, true);
      // A legacy driver is not told.
      assert.equal(f.device.read(0x70, 4), 7n);
      f.write(0x70, 0);
      assert.equal(f.device.save().broken, false);
      assert.equal(f.device.read(0x70, 4), 0n);
      assert.equal(f.device.read(0x40, 4), 0n);
    });
  }

  it('goes on after a restore with the same numbers, and tells nobody of it', () => {
    const one = fixture();
    one.describe(0, ramBase + 0x3000, 16, 2);
    one.offer(0);
    const other = fixture();
    other.ram.set(one.ram);
    other.device.restore(one.device.save());
    assert.deepEqual(other.seen.notified, []);
    assert.deepEqual(other.device.save(), one.device.save());
    const answers = [one, other].map(({ device }) => device.serve(0, device.pop(0)!));
    assert.deepEqual(answers[0], answers[1]);
    assert.ok(answers[0]![0]!.bytes.some((byte) => byte !== 0));
  });
});
