import assert from 'node:assert/strict';

/** A stream, read whole by a reader that knows nothing of the one in debug-adapter/vmstate. */
export interface NaiveSnapshot {
  readonly machine: string;
  /** By block name. A page never sent is zero in `bytes`. */
  readonly blocks: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly timesSent: Uint8Array }>;
  readonly devices: readonly { readonly name: string; readonly instanceId: number; readonly bytes: Uint8Array }[];
  readonly vmdescription: VmDescription;
}

export interface VmDescription {
  readonly page_size: number;
  readonly devices: readonly ({ readonly name: string; readonly instance_id: number } & DescribedStruct)[];
}

interface DescribedStruct {
  readonly vmsd_name: string;
  readonly fields?: readonly { readonly name: string; readonly size: number; readonly array_len?: number }[];
  readonly subsections?: readonly DescribedStruct[];
}

const pageSize = 4096;

/** Throws an AssertionError at the first byte that is not as it should be. */
export function readSnapshot(file: Uint8Array): NaiveSnapshot {
  const data = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const vmdescription = findDescription(data);
  let at = 0;
  const take = (length: number) => {
    assert.ok(at + length <= data.length, `the file ends at ${data.length}, inside ${length} bytes from ${at}`);
    at += length;
    return data.subarray(at - length, at);
  };
  const u8 = () => take(1).readUInt8();
  const u32 = () => take(4).readUInt32BE();
  const u64 = () => Number(take(8).readBigUInt64BE());
  const name = () => take(u8()).toString('latin1');

  assert.equal(u32(), 0x5145564d, 'magic');
  assert.equal(u32(), 3, 'version');
  assert.equal(u8(), 7, 'configuration');
  const machine = take(u32()).toString('latin1');

  const blocks = new Map<string, { bytes: Uint8Array; timesSent: Uint8Array }>();
  const devices: { name: string; instanceId: number; bytes: Uint8Array }[] = [];
  let ramId = -1;
  let block = '';

  const readRam = () => {
    for (;;) {
      const word = u64();
      const flags = word % pageSize;
      const offset = word - flags;
      if (flags === 0x10) return;
      if (flags === 0x04) {
        for (let left = offset; left > 0; ) {
          const blockName = name();
          const length = u64();
          blocks.set(blockName, { bytes: new Uint8Array(length), timesSent: new Uint8Array(length / pageSize) });
          left -= length;
          assert.ok(left >= 0, 'block lengths exceed their total');
        }
        continue;
      }
      assert.ok([0x02, 0x08, 0x22, 0x28].includes(flags), `RAM flags ${flags.toString(16)} at ${at - 8}`);
      if (!(flags & 0x20)) block = name();
      const target = blocks.get(block);
      assert.ok(target, `block "${block}" at ${at}`);
      assert.ok(offset < target.bytes.length, `page offset ${offset} of "${block}" at ${at}`);
      target.timesSent[offset / pageSize]!++;
      if (flags & 0x02) {
        assert.equal(u8(), 0, 'fill byte');
        target.bytes.fill(0, offset, offset + pageSize);
      } else target.bytes.set(take(pageSize), offset);
    }
  };

  for (;;) {
    const type = u8();
    if (type === 0) break;
    const id = u32();
    if (type === 1 || type === 4) {
      const section = name();
      const instanceId = u32();
      u32();
      if (section === 'ram') {
        assert.equal(type, 1);
        ramId = id;
        readRam();
      } else {
        assert.equal(type, 4);
        const described = vmdescription.devices.find((d) => d.name === section && d.instance_id === instanceId);
        assert.ok(described, `no description of ${section} ${instanceId}`);
        devices.push({ name: section, instanceId, bytes: new Uint8Array(take(structSize(described))) });
      }
    } else {
      assert.ok(type === 2 || type === 3, `section type ${type} at ${at - 5}`);
      assert.equal(id, ramId, 'only RAM comes in parts');
      readRam();
    }
    assert.equal(u8(), 0x7e, `footer of section ${id}, at ${at - 1}`);
    assert.equal(u32(), id, 'id in the footer');
  }
  assert.equal(u8(), 6, 'VMDESCRIPTION');
  take(u32());
  assert.equal(at, data.length, 'the description ends the file');
  return { machine, blocks, devices, vmdescription };
}

/** The last `06 length {` whose length reaches to the end of the file. */
function findDescription(data: Buffer): VmDescription {
  for (let start = data.length - 6; start >= 0; start--) {
    if (data[start] !== 6 || data[start + 5] !== 0x7b) continue;
    if (data.readUInt32BE(start + 1) !== data.length - start - 5) continue;
    return JSON.parse(data.subarray(start + 5).toString());
  }
  return assert.fail('no VMDESCRIPTION');
}

function structSize(struct: DescribedStruct): number {
  let size = 0;
  for (const field of struct.fields ?? []) size += field.size * (field.array_len ?? 1);
  for (const subsection of struct.subsections ?? [])
    size += 1 + 1 + subsection.vmsd_name.length + 4 + structSize(subsection);
  return size;
}
