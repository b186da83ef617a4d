import assert from 'node:assert/strict';
import fc from 'fast-check';
import { uartCodec } from '../emulator/devices/uart16550a-state';
import { timerLayout, virtLayouts } from '../emulator/machine/virt-layouts';
import type { ByteCursor } from './byte-cursor';
import { ByteSink } from './byte-sink';
import { descriptionText, parseDescription } from './description';
import { type DeviceState, type FieldLayout, makeState, type StateLayout } from './device-state';
import { outlineOf, type RandomAccess, readStreamFile, recordsOf } from './file-reader';
import { answered, readWhole } from './reading';
import { type StreamFaultKind, StreamReadError } from './stream-fault';
import { StreamReader } from './stream-reader';
import type { StreamRecord } from './stream-records';
import {
  beginSection,
  endSection,
  writeBlockList,
  writeConfiguration,
  writeDeviceState,
  writeEndOfRam,
  writeEof,
  writeHeader,
  writePage,
  writeVmDescription,
  writeZeroPage,
} from './stream-writer';

const page = Uint8Array.from({ length: 4096 }, (_, index) => (7 * index) % 251);

const timer: DeviceState = {
  name: 'timer',
  instanceId: 0,
  state: makeState(timerLayout, { cpu_ticks_offset: -1n, cpu_clock_offset: 123_456_789_012n }),
};

const serial: DeviceState = {
  name: 'serial',
  instanceId: 0,
  state: uartCodec.encode({
    ...{ ier: 0, iir: 0, lcr: 0, mcr: 0, lsr: 0x60, msr: 0, scr: 0, fcr: 0, divider: 12, rbr: 0, receiveFifo: [] },
    ...{ thrInterruptPending: true, timeoutPending: false, timeoutNs: undefined },
  }),
};

/** Every kind of record, small. */
function sample(): Uint8Array {
  const out = new ByteSink();
  writeHeader(out);
  writeConfiguration(out, 'virt');
  beginSection(out, { type: 'start', id: 2, name: 'ram', instanceId: 0, version: 4 });
  writeBlockList(out, [
    { name: 'ram', byteCount: 0x4000 },
    { name: 'mrom', byteCount: 0x1000 },
  ]);
  writeEndOfRam(out);
  endSection(out, 2);
  beginSection(out, { type: 'part', id: 2 });
  writePage(out, { block: 'ram', offset: 0x1000 }, page);
  writeZeroPage(out, { block: undefined, offset: 0x2000 });
  writeEndOfRam(out);
  endSection(out, 2);
  beginSection(out, { type: 'end', id: 2 });
  writeZeroPage(out, { block: 'mrom', offset: 0 });
  writePage(out, { block: 'ram', offset: 0x3000 }, page);
  writePage(out, { block: undefined, offset: 0 }, page);
  writeEndOfRam(out);
  endSection(out, 2);
  writeDeviceState(out, [timer, serial], 3);
  return out.bytes();
}

const layouts = virtLayouts(1);

function read(chunks: Iterable<Uint8Array>): StreamRecord[] {
  const records: StreamRecord[] = [];
  const onRecord = (record: StreamRecord) => {
    // Views are good only during the call.
    records.push('bytes' in record ? { ...record, bytes: record.bytes.slice() } : record);
  };
  const reader = new StreamReader({ layoutOf: ({ name }) => layouts(name), onRecord });
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return records;
}

function access(bytes: Uint8Array): RandomAccess {
  return { byteCount: bytes.length, read: (at, length) => bytes.slice(at, at + length) };
}

function readFile(bytes: Uint8Array): StreamRecord[] {
  const records: StreamRecord[] = [];
  readStreamFile(access(bytes), (record) => records.push(record));
  return records;
}

function faultOf(readStream: () => unknown, what = 'the stream'): StreamReadError['fault'] {
  try {
    readStream();
  } catch (error) {
    if (error instanceof StreamReadError) return error.fault;
    throw error;
  }
  return assert.fail(`${what} was accepted`);
}

function withByte(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const changed = bytes.slice();
  changed[offset] = value;
  return changed;
}

function without(bytes: Uint8Array, offset: number, byteCount: number): Uint8Array {
  const tail = bytes.subarray(offset + byteCount);
  const shorter = new Uint8Array(offset + tail.length);
  shorter.set(bytes.subarray(0, offset));
  shorter.set(tail, offset);
  return shorter;
}

/** A text is all there is to read. */
const nothing = () => new Uint8Array(0);

describe('a stream that was written', () => {
  it('reads back as the same records', () => {
    const ramSection = { id: 2, name: 'ram', instanceId: 0, version: 4 };
    const records = read([sample()]).map(({ start: _start, byteCount: _byteCount, ...record }) => record);
    const devices = [timer, serial].flatMap(({ state, ...name }, index) => {
      const section = { ...name, id: 3 + index, version: state.layout.version };
      const device = records.find((record) => record.kind === 'device' && record.section.id === section.id);
      assert.ok(device?.kind === 'device');
      return [
        { kind: 'sectionStart', type: 'full', section },
        { kind: 'device', section, state, bytes: device.bytes },
        { kind: 'sectionEnd', id: section.id },
      ];
    });
    assert.deepEqual(records, [
      { kind: 'header', version: 3 },
      { kind: 'configuration', machine: 'virt' },
      { kind: 'sectionStart', type: 'start', section: ramSection },
      {
        kind: 'ramBlockList',
        blocks: [
          { name: 'ram', byteCount: 0x4000 },
          { name: 'mrom', byteCount: 0x1000 },
        ],
      },
      { kind: 'ramEos' },
      { kind: 'sectionEnd', id: 2 },
      { kind: 'sectionStart', type: 'part', section: ramSection },
      { kind: 'ramPage', block: 'ram', pageOffset: 0x1000, bytes: page },
      { kind: 'zeroPage', block: 'ram', pageOffset: 0x2000 },
      { kind: 'ramEos' },
      { kind: 'sectionEnd', id: 2 },
      { kind: 'sectionStart', type: 'end', section: ramSection },
      { kind: 'zeroPage', block: 'mrom', pageOffset: 0 },
      { kind: 'ramPage', block: 'ram', pageOffset: 0x3000, bytes: page },
      { kind: 'ramPage', block: 'ram', pageOffset: 0, bytes: page },
      { kind: 'ramEos' },
      { kind: 'sectionEnd', id: 2 },
      ...devices,
      { kind: 'eof' },
      { kind: 'vmDescription', text: descriptionText(4096, [timer, serial]) },
    ]);
  });

  it('has records that lie end to end from its first byte to its last', () => {
    let end = 0;
    for (const { start, byteCount } of read([sample()])) {
      assert.equal(start, end);
      end += byteCount;
    }
    assert.equal(end, sample().length);
  });

  it('reads the same however it is cut into chunks', () => {
    const bytes = sample();
    const whole = read([bytes]);
    const cuts = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, (offsets) => {
        const edges = [0, ...offsets.sort((a, b) => a - b), bytes.length];
        assert.deepEqual(read(edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))), whole);
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(read(Array.from(bytes, (byte) => Uint8Array.of(byte))), whole);
  });

  it('reads the same by its own description as by the declared layouts', () => {
    // The layouts themselves differ in subsections that are not there.
    const plain = (records: StreamRecord[]) =>
      records.map((record) => (record.kind === 'device' ? { ...record, state: undefined } : record));
    assert.deepEqual(plain(readFile(sample())), plain(read([sample()])));
  });

  it('may end without a description', () => {
    const out = new ByteSink();
    writeHeader(out);
    writeConfiguration(out, 'virt');
    writeEof(out);
    assert.deepEqual(
      read([out.bytes()]).map(({ kind }) => kind),
      ['header', 'configuration', 'eof'],
    );
    assert.deepEqual(
      readFile(out.bytes()).map(({ kind }) => kind),
      ['header', 'configuration', 'eof'],
    );
  });

  it('ends with its description, or with EOF, whatever lies behind', () => {
    const short = new ByteSink();
    writeHeader(short);
    writeEof(short);
    for (const bytes of [sample(), short.bytes()]) {
      for (const behind of [Uint8Array.of(0), Uint8Array.of(7, 1, 2), new Uint8Array(100_000).fill(0x51)]) {
        const records = readFile(Uint8Array.from([...bytes, ...behind]));
        assert.equal(records.at(-1)!.kind, 'trailing');
        assert.deepEqual(
          records.filter(({ kind }) => kind === 'device' || kind === 'vmDescription'),
          readFile(bytes).filter(({ kind }) => kind === 'device' || kind === 'vmDescription'),
        );
      }
    }
  });
});

describe('a description', () => {
  it('parses to the layouts that it was made from', () => {
    const { devices, pageByteCount } = answered(parseDescription(descriptionText(4096, [timer]), 0), nothing);
    assert.equal(pageByteCount, 4096);
    assert.deepEqual(devices, [{ name: 'timer', instanceId: 0, isVersionless: false, layout: timerLayout }]);
  });

  it('that is wrong of one device leaves the others as they are, and says where it lies', () => {
    const bad = [{ fields: 3 }, { fields: [{ name: 'a\n', type: 'uint8', size: 1 }] }, { version: -1 }];
    const devices = [
      ...bad.map((part, index) => ({ name: `x${index}`, instance_id: 0, vmsd_name: 'x', version: 1, ...part })),
      JSON.parse(descriptionText(4096, [timer])).devices[0],
    ];
    const { faults, ...parsed } = answered(parseDescription(JSON.stringify({ page_size: 4096, devices }), 77), nothing);
    assert.deepEqual(
      parsed.devices.map(({ layout }) => layout),
      [undefined, undefined, undefined, timerLayout],
    );
    assert.deepEqual(
      faults.map(({ kind, offset, what }) => [kind, offset, what]),
      [
        ['bad-description', 77, 'fields of "x"'],
        ['bad-description', 77, 'a field name'],
        ['bad-description', 77, 'version of "x"'],
      ],
    );
    assert.equal(faults[1]!.actual, '"a\\n"');
  });

  it('that asks for more than the limits is refused before anything is allocated', () => {
    const field = { name: 'huge', type: 'buffer', size: 2 ** 40 };
    for (const fields of [
      [field],
      [{ ...field, size: 8, array_len: 2 ** 40 }],
      [{ ...field, size: 0, array_len: 2 ** 40 }],
      [{ ...field, type: 'struct', size: 0, array_len: 2 ** 40, struct: { vmsd_name: 'empty', version: 1 } }],
    ]) {
      const out = new ByteSink();
      writeHeader(out);
      writeConfiguration(out, 'virt');
      beginSection(out, { type: 'full', id: 0, name: 'x', instanceId: 0, version: 1 });
      endSection(out, 0);
      writeEof(out);
      const devices = [{ name: 'x', instance_id: 0, vmsd_name: 'x', version: 1, fields }];
      writeVmDescription(out, JSON.stringify({ page_size: 4096, devices }));
      assert.equal(faultOf(() => readFile(out.bytes())).kind, 'length-beyond-bound');
    }
  });

  it('that asks for many elements of no bytes is refused, also when no device alone asks for too many', () => {
    const fields = [{ name: 'empty', type: 'buffer', size: 0, array_len: 1000 }];
    const names = Array.from({ length: 100 }, (_, index) => `x${index}`);
    const out = new ByteSink();
    writeHeader(out);
    writeConfiguration(out, 'virt');
    for (const [id, name] of names.entries()) {
      beginSection(out, { type: 'full', id, name, instanceId: 0, version: 1 });
      endSection(out, id);
    }
    writeEof(out);
    const devices = names.map((name) => ({ name, instance_id: 0, vmsd_name: name, version: 1, fields }));
    writeVmDescription(out, JSON.stringify({ page_size: 4096, devices }));
    assert.equal(faultOf(() => readFile(out.bytes())).kind, 'length-beyond-bound');
  });

  it('that is no description is refused with its offset', () => {
    for (const text of [
      '{',
      '{}',
      '{"page_size":0.5,"devices":[]}',
      '{"page_size":4096,"devices":[{"name":3}]}',
      '{"page_size":4096,"devices":[{"name":"a\\u001b[31m","instance_id":0}]}',
    ]) {
      const out = new ByteSink();
      writeHeader(out);
      writeConfiguration(out, 'virt');
      writeEof(out);
      writeVmDescription(out, text);
      const { kind, offset } = faultOf(() => readFile(out.bytes()));
      assert.deepEqual({ kind, offset }, { kind: 'bad-description', offset: out.byteCount - text.length });
    }
  });
});

describe('a stream cut short', () => {
  it('at any byte is refused there as truncated, but for the end that EOF makes', () => {
    const bytes = sample();
    const eof = read([bytes]).find(({ kind }) => kind === 'eof')!;
    for (let length = 0; length < bytes.length; length++) {
      if (length === eof.start + 1) continue;
      const fault = faultOf(() => read([bytes.subarray(0, length)]));
      assert.equal(fault.kind, 'truncated');
      assert.equal(fault.offset, length);
    }
  });
});

describe('a stream with a wrong byte', () => {
  const bytes = sample();
  const records = read([bytes]);
  const startOf = (kind: StreamRecord['kind'], occurrence = 0) =>
    records.filter((record) => record.kind === kind)[occurrence]!.start;

  /** The byte changed; the offset named. */
  const wrong: [what: string, offset: number, value: number, kind: StreamFaultKind, named: number][] = [
    ['the magic', 3, 0x4e, 'bad-magic', 0],
    ['the version', 7, 4, 'unsupported-version', 4],
    ['the configuration’s type', 8, 0x55, 'unknown-section-type', 8],
    ['the machine’s length', 9, 1, 'length-beyond-bound', 9],
    ['the machine’s name', 14, 0x80, 'bad-name', 14],
    ['a section’s type', startOf('sectionStart'), 0x55, 'unknown-section-type', startOf('sectionStart')],
    ['the id of a part', startOf('sectionStart', 1) + 4, 9, 'bad-section-id', startOf('sectionStart', 1) + 1],
    ['a section’s id, taken', startOf('sectionStart', 4) + 4, 3, 'bad-section-id', startOf('sectionStart', 4) + 1],
    ['a section’s name', startOf('sectionStart', 3) + 6, 0x54, 'unknown-device', startOf('sectionStart', 3) + 5],
    ['a device’s version', startOf('device') - 1, 9, 'unsupported-version', startOf('device') - 4],
    ['a footer', startOf('sectionEnd'), 0x7f, 'bad-footer', startOf('sectionEnd')],
    ['the id in a footer', startOf('sectionEnd') + 4, 0, 'bad-footer', startOf('sectionEnd') + 1],
    ['the total of the block list', startOf('ramBlockList') + 6, 0x20, 'bad-block-list', startOf('ramBlockList') + 12],
    ['a block’s length', startOf('ramBlockList') + 19, 1, 'bad-block-list', startOf('ramBlockList') + 12],
    ['the flags of a page', startOf('ramPage') + 7, 0x48, 'unknown-ram-flags', startOf('ramPage')],
    ['the block of a page', startOf('ramPage') + 9, 0x52, 'unknown-block', startOf('ramPage') + 8],
    ['the offset of a page', startOf('ramPage') + 6, 0x40, 'page-out-of-range', startOf('ramPage')],
    ['a first page’s CONTINUE', startOf('ramPage') + 7, 0x28, 'no-current-block', startOf('ramPage')],
    ['an offset beyond numbers', startOf('ramPage'), 0xff, 'length-beyond-bound', startOf('ramPage')],
    ['a zero page’s fill', startOf('zeroPage') + 8, 1, 'bad-zero-page', startOf('zeroPage') + 8],
    ['a subsection’s name', startOf('device', 1) + 11 + 2 + 8, 0x58, 'unknown-subsection', startOf('device', 1) + 11],
    ['a subsection’s version', startOf('device', 1) + 35, 9, 'unsupported-version', startOf('device', 1) + 32],
    ['EOF', startOf('eof'), 5, 'unknown-section-type', startOf('eof')],
    ['the description’s length', startOf('eof') + 2, 0xff, 'length-beyond-bound', startOf('eof') + 2],
  ];
  for (const [what, offset, value, kind, named] of wrong) {
    it(`in ${what} is refused as ${kind} with the offset of the field`, () => {
      assert.notEqual(bytes[offset], value);
      const fault = faultOf(() => read([withByte(bytes, offset, value)]));
      assert.deepEqual({ kind: fault.kind, offset: fault.offset }, { kind, offset: named });
    });
  }

  it('anywhere between the records’ contents is never accepted', () => {
    const contents = records.flatMap((record): [number, number][] => {
      const end = record.start + record.byteCount;
      switch (record.kind) {
        case 'ramPage':
          // The data, and the offset, which may become another page's.
          return [
            [end - 4096, end],
            [record.start + 6, record.start + 7],
          ];
        case 'zeroPage':
          return [[record.start + 6, record.start + 7]];
        case 'device':
          return [[record.start, end]];
        case 'vmDescription':
          // What is no description, or lies behind a shorter one, is not the stream's.
          return [[record.start, end]];
        case 'configuration':
          return [[record.start + 5, end]];
        case 'ramBlockList':
          return [[record.start, end]];
        case 'sectionStart':
          // The type: START, PART and END of RAM differ in nothing else. Ids and instances are the writer's choice.
          return [[record.start, end]];
        default:
          return [];
      }
    });
    for (let offset = 0; offset < bytes.length; offset++) {
      if (contents.some(([from, to]) => offset >= from && offset < to)) continue;
      for (const flip of [0x01, 0x80, 0xff]) {
        const fault = faultOf(() => read([withByte(bytes, offset, bytes[offset]! ^ flip)]), `byte ${offset} ^ ${flip}`);
        assert.ok(fault.offset <= bytes.length, `${fault.kind} at ${offset}`);
      }
    }
  });

  it('keeps refusing once it refused', () => {
    const reader = new StreamReader({ layoutOf: () => undefined, onRecord: () => {} });
    assert.throws(() => reader.push(Uint8Array.of(1, 2, 3, 4)), StreamReadError);
    assert.throws(() => reader.push(bytes), StreamReadError);
    assert.throws(() => reader.end(), StreamReadError);
  });
});

describe('a stream of which a part cannot be read', () => {
  const bytes = sample();
  const records = read([bytes]);
  const startOf = (kind: StreamRecord['kind'], occurrence = 0) =>
    records.filter((record) => record.kind === kind)[occurrence]!.start;

  /** What is passed over, and how often each kind of record comes. */
  function passing(stream: Uint8Array) {
    const unread: string[] = [];
    const kinds = new Map<string, number>();
    const outline = readWhole(access(stream), outlineOf(stream.length));
    const onRecord = (record: StreamRecord) => {
      kinds.set(record.kind, (kinds.get(record.kind) ?? 0) + 1);
      if (record.kind === 'unread') unread.push(`${record.section.name}: ${record.fault.kind}`);
    };
    readWhole(access(stream), recordsOf(stream.length, outline, onRecord, { passesOver: true }));
    return { unread, kinds };
  }

  const parts: [what: string, offset: number, value: number, unread: string, pages: number, devices: number][] = [
    ['a page’s flags', startOf('ramPage') + 7, 0x01, 'ram: unknown-ram-flags', 2, 2],
    ['the block of a page', startOf('ramPage') + 9, 0x52, 'ram: unknown-block', 2, 2],
    ['a device’s name', startOf('sectionStart', 3) + 6, 0x54, 'Timer: unknown-device', 3, 1],
    ['a device’s version', startOf('device') - 1, 9, 'timer: unsupported-version', 3, 1],
    ['a subsection’s name', startOf('device', 1) + 11 + 2 + 8, 0x58, 'serial: unknown-subsection', 3, 1],
  ];
  for (const [what, offset, value, fault, pages, devices] of parts) {
    it(`is read but for the section in which ${what} is wrong`, () => {
      const { unread, kinds } = passing(withByte(bytes, offset, value));
      assert.deepEqual(unread, [fault]);
      assert.deepEqual([kinds.get('ramPage'), kinds.get('device')], [pages, devices]);
      assert.equal(kinds.get('vmDescription'), 1);
    });
  }

  it('is read but for a device whose description asks for too little, or for more than there is', () => {
    for (const size of [7, 9, 2 ** 20]) {
      const description = descriptionText(4096, [timer, serial]).replace('"size":8', `"size":${size}`);
      const out = new ByteSink();
      out.writeBytes(bytes.subarray(0, startOf('eof')));
      writeEof(out);
      writeVmDescription(out, description);
      const { unread, kinds } = passing(out.bytes());
      assert.deepEqual(unread.length, 1);
      assert.match(unread[0]!, /^timer: (bad-footer|truncated)$/);
      assert.equal(kinds.get('device'), 1);
    }
  });

  it('does not take bytes in the midst of a section for its footer', () => {
    const out = new ByteSink();
    writeHeader(out);
    beginSection(out, { type: 'full', id: 9, name: 'unknown', instanceId: 0, version: 1 });
    // The marker alone, the marker with another id, and the footer without what may follow it; across chunks.
    for (const body of [[0x7e], [0x7e, 0, 0, 0, 8, 0], [0x7e, 0, 0, 0, 9, 0x55], Array(70_000).fill(0x7e)]) {
      out.writeBytes(Uint8Array.from(body));
    }
    endSection(out, 9);
    writeEof(out);
    const { unread, kinds } = passing(out.bytes());
    assert.ok(unread.every((each) => each === 'unknown: unknown-device'));
    assert.deepEqual([kinds.get('sectionEnd'), kinds.get('eof')], [1, 1]);
  });
});

describe('a device of many elements', () => {
  /** How often each element is read, when the stream comes in pieces of that size. */
  function readsPerElement(elementCount: number, chunkByteCount: number): number {
    let reads = 0;
    const measure = (cursor: ByteCursor) => {
      reads++;
      cursor.u8();
    };
    const byte = { name: 'byte', type: 'byte', size: 0, measure };
    const layout = (name: string, fields: FieldLayout[]): StateLayout => ({
      name,
      version: 1,
      fields,
      subsections: [],
    });
    const field = { name: 'x', type: 'struct', size: 0, arrayLength: elementCount, struct: layout('x', [byte]) };
    const out = new ByteSink();
    writeHeader(out);
    beginSection(out, { type: 'full', id: 1, name: 'x', instanceId: 0, version: 1 });
    out.writeBytes(new Uint8Array(elementCount));
    endSection(out, 1);
    writeEof(out);
    const reader = new StreamReader({ layoutOf: () => layout('x', [field]), onRecord: () => {} });
    for (let at = 0; at < out.byteCount; at += chunkByteCount) {
      reader.push(out.bytes().subarray(at, at + chunkByteCount));
    }
    reader.end();
    return reads / elementCount;
  }

  it('is read a few times at most, however many there are and however it is cut', () => {
    for (const elementCount of [10, 1000, 30_000]) {
      for (const chunkByteCount of [1, 100, 4096, 100_000]) {
        const reads = readsPerElement(elementCount, chunkByteCount);
        assert.ok(reads < 6, `each of ${elementCount} elements ${reads} times, in pieces of ${chunkByteCount}`);
      }
    }
  });
});

describe('a mutated stream', () => {
  it('is read or refused with a typed error, and never makes the reader keep more than it was given', () => {
    const bytes = sample();
    const mutation = fc.record({
      edits: fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 6 }),
      cut: fc.option(fc.tuple(fc.nat(bytes.length - 1), fc.nat(64)), { nil: undefined }),
      chunk: fc.integer({ min: 1, max: 5000 }),
    });
    fc.assert(
      fc.property(mutation, ({ edits, cut, chunk }) => {
        let mutated: Uint8Array = bytes.slice();
        for (const [offset, value] of edits) mutated[offset] = value;
        if (cut) mutated = without(mutated, ...cut);
        const reader = new StreamReader({ layoutOf: ({ name }) => layouts(name), onRecord: () => {} });
        try {
          for (let at = 0; at < mutated.length; at += chunk) {
            reader.push(mutated.subarray(at, at + chunk));
            assert.ok(reader.bufferedByteCount + reader.offset <= at + chunk);
          }
          reader.end();
        } catch (error) {
          assert.ok(error instanceof StreamReadError, String(error));
          assert.ok(error.fault.offset <= mutated.length);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('is read or refused with a typed error by its own description too', () => {
    const bytes = sample();
    const head = read([bytes]).find(({ kind }) => kind === 'ramEos')!.start;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -1, max: 700 }), fc.nat(255)), { maxLength: 4 }), (edits) => {
        const mutated = bytes.slice();
        // Structure lies at the front and at the end; a page's data lies between.
        for (const [place, value] of edits) mutated[place < head ? place : bytes.length - 1 - (place - head)] = value;
        try {
          readFile(mutated);
        } catch (error) {
          assert.ok(error instanceof StreamReadError, String(error));
        }
      }),
      { numRuns: 10_000 },
    );
  });
});
