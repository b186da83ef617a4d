import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { seeds } from './programs';
import { type Access, compareBoards, dataOffset, ourMachine, read, runOurs, runTheirs, write } from './register-script';

const base = 0x1010_0000;
const size = fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8);
const key = fc.oneof(
  fc.constantFrom(0, 1, 4, 5, 0x19, 0x20, 0x21, 0x22, 0x23, 0x4000, 0x8000, 0x4019),
  fc.nat(0x60),
  fc.nat(0xffff),
);

function swapped(value: number, byteCount: 2 | 4 | 8): bigint {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, BigInt(value) << BigInt(64 - 8 * byteCount));
  return bytes.getBigUint64(0, true);
}

/** Mostly a key and a few bytes of its entry, now and then anything. */
const accesses: fc.Arbitrary<Access[]> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(key, fc.array(size, { maxLength: 12 }))
      .map(([selected, sizes]) => [write(base + 8, 2, swapped(selected, 2)), ...sizes.map((each) => read(base, each))]),
  },
  fc
    .tuple(fc.nat(0x1f), size, fc.boolean(), fc.nat(0xff))
    // An address for DMA is another test's.
    .filter(([offset, , isRead]) => isRead || offset < 0x10 || offset >= 0x18)
    .map(([offset, each, isRead, value]) => [isRead ? read(base + offset, each) : write(base + offset, each, value)]),
);

const request = fc.record({
  key,
  flags: fc.nat(31),
  length: fc.oneof(fc.nat(40), fc.nat(5000)),
  target: fc.oneof(
    { weight: 5, arbitrary: fc.nat(0x3000).map((offset) => ramBase + dataOffset + 0x1_0000 + offset) },
    // No memory.
    fc.constantFrom(0xc000_0000_0000),
  ),
  inHalves: fc.boolean(),
});

describe('fw_cfg', () => {
  for (const seed of seeds) {
    it(`answers 3000 random pieces of a script as in QEMU (seed ${seed})`, () =>
      compareBoards(fc.sample(accesses, { numRuns: 3000, seed }).flat()));

    it(`reads its entries into RAM by DMA as in QEMU, 300 requests (seed ${seed})`, () => readsAsInQemu(seed));
  }

  async function readsAsInQemu(seed: number): Promise<void> {
    const requests = fc.sample(request, { numRuns: 300, seed });
    const data = new Uint8Array(0x2_0000).fill(0xcc);
    const view = new DataView(data.buffer);
    const script = requests.flatMap(({ key, flags, length, target, inHalves }, index) => {
      view.setUint32(index * 16, ((key << 16) | flags) >>> 0);
      view.setUint32(index * 16 + 4, length);
      view.setBigUint64(index * 16 + 8, BigInt(target));
      const address = ramBase + dataOffset + index * 16;
      const halves = [write(base + 0x10, 4, 0), write(base + 0x14, 4, swapped(address, 4))];
      return [...(inHalves ? halves : [write(base + 0x10, 8, swapped(address, 8))]), read(base, 4)];
    });
    const [ours, theirs] = [runOurs(script, {}, data), await runTheirs(script, [], data)];
    ours.answers.forEach((answer, index) => {
      assert.deepEqual(answer, theirs.answers[index], `access ${index}`);
    });
    const memory = ({ ram }: { ram: Uint8Array }) => Buffer.from(ram.subarray(dataOffset, dataOffset + data.length));
    const [our, their] = [memory(ours), memory(theirs)];
    for (let index = 0; index < requests.length; index++) {
      const at = index * 16;
      assert.deepEqual(our.subarray(at, at + 16), their.subarray(at, at + 16), JSON.stringify(requests[index]));
    }
    assert(our.equals(their));
  }

  it('waits for a protected page before it changes any', () => {
    const data = new Uint8Array(0x3000);
    const view = new DataView(data.buffer);
    const [request, target] = [ramBase + dataOffset, ramBase + dataOffset + 0x1ffe];
    // Select the signature, read four bytes: across two pages.
    view.setUint32(0, 10);
    view.setUint32(4, 4);
    view.setBigUint64(8, BigInt(target));
    const machine = ourMachine([write(base + 0x10, 8, swapped(request, 8))], {}, data);
    machine.core.pages.protectAll();
    const pages: number[] = [];
    const dataPage = dataOffset / 4096;
    const signature = () => String.fromCharCode(...machine.core.ram.subarray(dataOffset + 0x1ffe, dataOffset + 0x2002));
    for (let clockNs = 0; pages.length < 3; ) {
      const { stop, instructionCount } = machine.runHart(0, 1000, clockNs);
      clockNs += instructionCount * machine.nsPerInstruction;
      if (stop.kind !== 'write-fault') continue;
      pages.push(stop.page - dataPage);
      assert.equal(signature(), '\0\0\0\0');
      machine.core.pages.unprotect(stop.page);
    }
    assert.deepEqual(pages, [0, 1, 2]);
    machine.runHart(0, 1, 0);
    assert.equal(signature(), 'QEMU');
  });
});
