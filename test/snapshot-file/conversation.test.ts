import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type {
  FromSnapshotEditor,
  ToSnapshotEditor,
  TreeRow,
} from '../../debug-adapter/protocol/snapshot-editor-messages';
import { SnapshotPage } from '../../debug-adapter/protocol/snapshot-pages';
import { editorLimits, Surveying } from '../../debug-adapter/snapshot-file/survey';
import type { Turns } from '../../debug-adapter/snapshot-file/turns';
import { ByteSink } from '../../debug-adapter/vmstate/byte-sink';
import { readWhole } from '../../debug-adapter/vmstate/reading';
import {
  beginSection,
  endSection,
  writeBlockList,
  writeConfiguration,
  writeEndOfRam,
  writeEof,
  writeHeader,
  writeVmDescription,
} from '../../debug-adapter/vmstate/stream-writer';
import { Conversation, type PageCopy, type SnapshotFile } from '../../extension/snapshot-editor/conversation';
import { captured } from '../stream/captured';
import { fileOf, surveyOf } from '../stream/in-memory';
import { readSnapshot } from '../stream/naive-reader';

/** The event loop, with a clock on which every look at it takes a millisecond. */
class CountedTurns implements Turns {
  #nowMs = 0;
  count = 0;
  now(): number {
    return this.#nowMs++;
  }
  async next(): Promise<void> {
    this.count++;
    await new Promise((done) => setImmediate(done));
  }
}

function slowFile(name: string, bytes: Uint8Array): SnapshotFile {
  const source = {
    byteCount: bytes.length,
    read: async (offset: number, byteCount: number) => bytes.subarray(offset, offset + byteCount),
  };
  return { name, source, canRestore: true };
}

/** A conversation with a test in the place of the webview and of VS Code. */
class Talk {
  readonly turns = new CountedTurns();
  readonly messages: ToSnapshotEditor[] = [];
  readonly opened: PageCopy[] = [];
  other: SnapshotFile | undefined;
  readonly conversation = new Conversation({
    turns: this.turns,
    post: (message) => {
      this.messages.push(message);
      this.#arrived();
    },
    pickOther: async () => this.other,
    openPage: (copy) => {
      this.opened.push(copy);
      this.#arrived();
    },
    restore: () => {},
  });
  #arrived: () => void = () => {};

  static open(bytes: Uint8Array, name = 'guest.qemu'): Talk {
    const talk = new Talk();
    talk.conversation.receive({ kind: 'ready' });
    talk.conversation.open(slowFile(name, bytes));
    return talk;
  }

  say(message: FromSnapshotEditor): void {
    this.conversation.receive(message);
  }

  /** The next message of this kind, among those after the ones that were taken. */
  async next<K extends ToSnapshotEditor['kind']>(kind: K): Promise<Extract<ToSnapshotEditor, { kind: K }>> {
    for (;;) {
      const at = this.messages.findIndex((message) => message.kind === kind);
      if (at >= 0) return this.messages.splice(0, at + 1).at(-1) as Extract<ToSnapshotEditor, { kind: K }>;
      await new Promise<void>((done) => (this.#arrived = done));
    }
  }

  async rows(parent: string): Promise<readonly TreeRow[]> {
    const rows: TreeRow[] = [];
    for (let childCount = 1; rows.length < childCount; ) {
      this.say({ kind: 'rows', parent, from: rows.length, count: 100 });
      const answer = await this.next('rows');
      childCount = answer.childCount;
      rows.push(...answer.rows);
    }
    return rows;
  }
}

/** The last map that was sent of a block. */
function mapIn(messages: readonly ToSnapshotEditor[], block: number): Uint8Array {
  const at = messages
    .map(({ kind, ...rest }) => kind === 'map' && 'block' in rest && rest.block === block)
    .lastIndexOf(true);
  const map = messages[at] as Extract<ToSnapshotEditor, { kind: 'map' }>;
  const cells = new Uint8Array(map.cellCount).fill(map.differingCount === undefined ? 0 : SnapshotPage.Equal);
  for (const message of messages.slice(at)) if (message.kind === 'cells') cells.set(message.cells, message.first);
  return cells;
}

describe('the editor of a snapshot’s file', () => {
  const spike = captured('spike');

  it('says that a whole file is whole, and sends the map of the guest’s RAM page by page', async () => {
    const talk = Talk.open(spike);
    const messages: ToSnapshotEditor[] = talk.messages;
    while (!messages.some(({ kind }) => kind === 'verdict')) await new Promise((done) => setImmediate(done));
    const survey = surveyOf(spike);
    const index = survey.blocks.findIndex(({ name }) => name === 'riscv.spike.ram');
    const { pages } = survey.blocks[index]!;
    assert.deepEqual(
      mapIn(messages, index),
      Uint8Array.from({ length: pages.pageCount }, (_, page) => pages.formOf(page)),
    );
    const verdict = await talk.next('verdict');
    assert.deepEqual([verdict.isWhole, verdict.text], [true, 'guest.qemu is whole.']);
  });

  it('shows the devices that another reader finds, where they are', async () => {
    const talk = Talk.open(spike);
    await talk.next('verdict');
    const roots = await talk.rows('');
    const devices = await talk.rows(String(roots.findIndex(({ label }) => label === 'Devices')));
    assert.deepEqual(
      devices.map(({ label, byteCount }) => [label, byteCount]),
      readSnapshot(spike).devices.map(({ name, instanceId, bytes }) => [`${name} ${instanceId}`, bytes.length]),
    );
  });

  it('names the first fault, and leads to it', async () => {
    const talk = Talk.open(spike.subarray(0, 9000));
    const { isWhole, findings } = await talk.next('verdict');
    const first = findings.find(({ isWrong }) => isWrong)!;
    assert.equal(isWhole, false);
    assert.equal(first.offset, 9000);
    talk.say({ kind: 'go-to', offset: first.offset! });
    const { place, note } = await talk.next('place');
    assert.equal(place!.offset, 8999);
    assert.equal(note, 'The file ends at byte 9000.');
  });

  it('says of what is no stream that it is none, in a sentence', async () => {
    const others: [bytes: Uint8Array, text: RegExp][] = [
      [Buffer.from('hello'), /^guest\.qemu is not a migration stream: it does not begin with/],
      [new Uint8Array(0), /^guest\.qemu is empty\.$/],
      [
        Buffer.from('1f8b0800', 'hex'),
        /^guest\.qemu is a file compressed by gzip, not a migration stream\. Decompress it/,
      ],
      [Buffer.from('QEVM\0\0\0\x02'), /^guest\.qemu cannot be read: unsupported-version at byte 4/],
    ];
    for (const [bytes, text] of others) assert.match((await Talk.open(bytes).next('refused')).text, text);
  });

  it('opens a page as it was, put together from its differences', async () => {
    const bytes = captured('xbzrle');
    const talk = Talk.open(bytes);
    await talk.next('verdict');
    const survey = surveyOf(bytes);
    const block = survey.blocks.findIndex(({ name }) => name === 'riscv.spike.ram');
    talk.say({ kind: 'page', block, page: 0x10 });
    const { lines, offset } = await talk.next('page');
    assert.match(lines.join('\n'), /xbzrle, at byte \d+ of the file\nsent 7 times/);
    assert.ok(offset! < bytes.length);
    talk.say({ kind: 'open-page', block, page: 0x10 });
    while (talk.opened.length === 0) await new Promise((done) => setImmediate(done));
    const digest = (page: Uint8Array) => createHash('sha256').update(page).digest('hex');
    const expected = readWhole(fileOf(bytes), survey.blocks[block]!.pages.read(0x10, 4096))!;
    assert.equal(digest(talk.opened[0]!.bytes), digest(expected));
    assert.equal(talk.opened[0]!.address, 0x10 * 4096);
  });

  it('finds fields and bytes, and says where', async () => {
    const talk = Talk.open(spike);
    await talk.next('verdict');
    talk.say({ kind: 'search', query: 'env.mhartid' });
    const { paths, isComplete } = await talk.next('matches');
    assert.deepEqual([paths.length, isComplete], [2, true]);
    const at = Buffer.from(spike).indexOf('globalstate');
    talk.say({ kind: 'search-bytes', query: '"globalstate"', from: 100 });
    assert.equal((await talk.next('place')).place!.offset, at);
    // Behind the last one it begins anew.
    talk.say({ kind: 'search-bytes', query: '"QEVM"', from: 100 });
    assert.equal((await talk.next('place')).place!.offset, 0);
    talk.say({ kind: 'search-bytes', query: '"no such text"', from: 0 });
    assert.match((await talk.next('place')).note!, /nowhere in the file/);
  });

  it('compares with another file: each page and field that differs, and none that does not', async () => {
    const other = spike.slice();
    const survey = surveyOf(spike);
    const block = survey.blocks.findIndex(({ name }) => name === 'riscv.spike.mrom');
    const page = [...survey.blocks[block]!.pages.missingRuns()].length;
    const place = survey.blocks[block]!.pages.offsetOf(page)!;
    other[place + 7]! ^= 0xff;
    const cpu = survey.devices.find(({ name }) => name === 'cpu')!;
    other[cpu.offset + 15]! ^= 1;
    const talk = Talk.open(spike);
    await talk.next('verdict');
    talk.other = slowFile('other.qemu', other);
    talk.say({ kind: 'compare' });
    assert.equal((await talk.next('comparison')).text, 'Compared with other.qemu');
    const map = await talk.next('map');
    assert.deepEqual([map.block, map.differingCount], [block, 1]);
    const cells = await talk.next('cells');
    const differing = [...cells.cells.keys()].filter((at) => cells.cells[at] === SnapshotPage.Differing);
    assert.deepEqual(
      differing.map((at) => cells.first + at),
      [page],
    );
    const rows = await talk.rows('0');
    assert.deepEqual(
      rows.map(({ label, value }) => [label, value]),
      [
        ['RAM block riscv.spike.mrom', '1 of 15 pages differ'],
        ['cpu 0', '1 field differs'],
      ],
    );
    assert.deepEqual(
      (await talk.rows('0/1')).map(({ label }) => label),
      ['env.gpr[1]'],
    );
    const ram = survey.blocks.findIndex(({ name }) => name === 'riscv.spike.ram');
    talk.say({ kind: 'show-block', block: ram });
    const equalBlock = await talk.next('map');
    assert.deepEqual([equalBlock.block, equalBlock.differingCount], [ram, 0]);
    talk.say({ kind: 'end-comparison' });
    assert.equal((await talk.next('map')).differingCount, undefined);
    assert.equal((await talk.rows(''))[0]!.label, 'Header');
  });

  it('does not compare with a file that is not whole, and says why', async () => {
    const talk = Talk.open(spike);
    await talk.next('verdict');
    talk.other = slowFile('cut.qemu', spike.subarray(0, 9000));
    talk.say({ kind: 'compare' });
    const { name, text } = await talk.next('comparison');
    assert.equal(name, '');
    assert.match(text, /^cut\.qemu cannot be compared, as it is not whole: truncated at byte 9000/);
  });

  it('reads the file anew when it has changed, whatever was under way', async () => {
    const talk = Talk.open(captured('xbzrle'));
    await talk.next('blocks');
    talk.conversation.open(slowFile('guest.qemu', spike));
    await talk.next('file');
    assert.equal((await talk.next('verdict')).isWhole, true);
    assert.ok(!talk.messages.some(({ kind }) => kind === 'file' || kind === 'refused'));
  });

  it('answers nothing that the webview would not ask', async () => {
    const talk = Talk.open(spike);
    await talk.next('verdict');
    talk.messages.length = 0;
    const hostile: unknown[] = [
      undefined,
      'rows',
      { kind: 'rows', parent: '', from: 0, count: 1e9 },
      { kind: 'rows', parent: '0/x', from: 0, count: 1 },
      { kind: 'rows', parent: '7/7/7', from: 0, count: 1 },
      { kind: 'bytes', offset: 0, length: 2 ** 40 },
      { kind: 'bytes', offset: -1, length: 1 },
      { kind: 'page', block: 99, page: 0 },
      { kind: 'page', block: 0, page: 2 ** 50 },
      { kind: 'show-block', block: 99 },
      { kind: 'search', query: 'a'.repeat(1000) },
    ];
    for (const message of hostile) talk.conversation.receive(message);
    await new Promise((done) => setImmediate(done));
    assert.deepEqual(talk.messages, []);
  });
});

describe('a file that asks for too much', () => {
  function streamWith(description: string, blockByteCount = 4096): Uint8Array {
    const out = new ByteSink();
    writeHeader(out);
    writeConfiguration(out, 'virt');
    beginSection(out, { type: 'start', id: 1, name: 'ram', instanceId: 0, version: 4 });
    writeBlockList(out, [{ name: 'riscv_virt_board.ram', byteCount: blockByteCount }]);
    writeEndOfRam(out);
    endSection(out, 1);
    writeEof(out);
    writeVmDescription(out, description);
    return out.bytes().slice();
  }

  it('with a description nested a hundred thousand deep is said to be wrong there', async () => {
    const deep = `{"page_size":4096,"devices":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const { isWhole, findings } = await Talk.open(streamWith(deep)).next('verdict');
    assert.equal(isWhole, false);
    assert.match(findings[0]!.text, /bad-description/);
  });

  it('with a description larger than what is read at once is said to be wrong there', async () => {
    const large = `{"page_size":4096,"devices":[],"x":"${'x'.repeat(editorLimits.descriptionByteCountMax)}"}`;
    const { findings } = await Talk.open(streamWith(large)).next('verdict');
    assert.match(findings.find(({ isWrong }) => isWrong)!.text, /length-beyond-bound/);
  });

  it('with a block of exbibytes gets a map of bounded size', async () => {
    const talk = Talk.open(streamWith('{"page_size":4096,"devices":[]}', 2 ** 52));
    const { cellCount, pagesPerCell } = await talk.next('map');
    assert.deepEqual([cellCount, pagesPerCell], [2 ** 22, 2 ** 18]);
    assert.equal((await talk.next('verdict')).isWhole, false);
  });

  it('is read up to where its index or its devices have no more room', () => {
    const bytes = captured('pc');
    const whole = surveyOf(bytes);
    for (const limit of [{ indexByteCountMax: 5000 }, { deviceByteCountMax: 1000 }]) {
      const surveying = new Surveying(bytes.length, { ...editorLimits, ...limit });
      const { unreadFrom, faults, sections } = readWhole(fileOf(bytes), surveying.read());
      assert.deepEqual(faults, []);
      assert.ok(unreadFrom! > 0 && unreadFrom! < bytes.length);
      assert.ok(sections.length < whole.sections.length);
    }
  });
});
