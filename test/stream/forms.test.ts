import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { findingsOf } from '../../debug-adapter/snapshot-file/findings';
import type { Survey } from '../../debug-adapter/snapshot-file/survey';
import { ByteSink } from '../../debug-adapter/vmstate/byte-sink';
import { fieldOf } from '../../debug-adapter/vmstate/device-state';
import { readWhole } from '../../debug-adapter/vmstate/reading';
import { faultAdvice, faultText } from '../../debug-adapter/vmstate/stream-fault';
import {
  beginSection,
  endSection,
  writeBlockList,
  writeConfiguration,
  writeEndOfRam,
  writeEof,
  writeHeader,
} from '../../debug-adapter/vmstate/stream-writer';
import { type Capture, captured } from './captured';
import { fileOf, surveyOf } from './in-memory';
import { captureOf } from './machine-capture';
import { readSnapshot } from './naive-reader';

/** SHA-256 of what a RAM block holds. */
function contents(bytes: Uint8Array, survey: Survey, name: string): string {
  const { pages } = survey.blocks.find((block) => block.name === name)!;
  const hash = createHash('sha256');
  for (let page = 0; page < pages.pageCount; page++) {
    hash.update(readWhole(fileOf(bytes), pages.read(page, survey.pageByteCount))!);
  }
  return hash.digest('hex');
}

function devicesOf({ devices }: Survey): string[] {
  return devices.map(({ name, instanceId }) => `${name} ${instanceId}`);
}

function assertWhole(survey: Survey): void {
  assert.deepEqual(survey.faults, []);
  for (const { name, pages } of survey.blocks) assert.equal(pages.missingCount, 0, name);
  assert.ok(survey.devices.length > 0);
}

const virt = ['qemu-system-riscv64', '-M', 'virt', '-m', '1M', '-bios', 'none', '-nic', 'none'] as const;
const spike = ['qemu-system-riscv64', '-M', 'spike', '-m', '1M', '-bios', 'none'] as const;
const withoutConfiguration = ['-global', 'migration.send-configuration=off'];
const withoutFooters = ['-global', 'migration.send-section-footer=off'];

describe('a stream of a real QEMU', () => {
  /** RAM as QEMU itself dumped it when the stream was complete. */
  const ofRam: [Capture, string, string][] = [
    ['compress', 'compressed pages', '386b6ad8221523949b9b8063a3f558bd60faa28ab78b6c2fdac39705897882de'],
    ['mapped-ram', 'pages at fixed places', 'ef71d633009b078d515242d0b286e2e376c692ba5637f48cfe0646be02c99960'],
    ['xbzrle', 'pages as differences', '0bf3310c7c8690742d0d4158d51440e3c528c417b505a882a514119a4eae35b2'],
  ];
  for (const [name, what, sha256] of ofRam) {
    it(`with ${what} (${name}) holds the RAM that QEMU had`, () => {
      const bytes = captured(name);
      const survey = surveyOf(bytes);
      assertWhole(survey);
      assert.equal(contents(bytes, survey, 'riscv.spike.ram'), sha256);
    });
  }

  it('with pages at fixed places, cut short among them, is said to end there', () => {
    const bytes = captured('mapped-ram').subarray(0, 1_500_000);
    const { faults } = surveyOf(bytes);
    assert.deepEqual(
      faults.map(({ kind, offset }) => [kind, offset]),
      [['truncated', 1_500_000]],
    );
  });

  it('counts a page that was sent again as a difference, at each of its times', () => {
    const { pages } = surveyOf(captured('xbzrle')).blocks[0]!;
    // 4,002 whole pages, 61 zero ones and 10,001 differences, of 2,048 + 15.
    assert.equal(pages.repeatCount, 4002 + 61 + 10_001 - 2063);
    // Twice whole, then as a difference in each of five passes.
    assert.equal(pages.timesSent(0x10), 7);
  });

  it('has its dirty bitmaps and disks passed over, and named among the sections', () => {
    for (const name of ['dirty-bitmap', 'block'] as const) {
      const survey = surveyOf(captured(name));
      assertWhole(survey);
      const parts = survey.sections.filter((section) => section.name === name);
      assert.deepEqual(
        new Set(parts.map(({ type, isWhole }) => `${type} ${isWhole}`)),
        new Set(['start true', 'part true', 'end true']),
      );
    }
    const bytes = captured('block');
    assert.equal(
      surveyOf(bytes).sections.filter(({ name, byteCount }) => name === 'block' && byteCount > 2 ** 20).length,
      1,
    );
  });

  it('of s390x has its storage attributes passed over, and the channel subsystem, a hole in its description, named', () => {
    const survey = surveyOf(captured('s390x'));
    assertWhole(survey);
    assert.deepEqual(
      survey.unread.map(({ section }) => section.name),
      ['s390_css'],
    );
    assert.deepEqual(
      survey.sections.filter(({ name }) => name === 's390-storage_attributes').map(({ type }) => type),
      ['start', 'part', 'end'],
    );
    assert.equal(devicesOf(survey).at(-1), 'globalstate 0');
  });

  it('without a configuration, without footers, or without both is read to its last byte', () => {
    const whole = devicesOf(surveyOf(captureOf(...spike)));
    for (const globals of [withoutConfiguration, withoutFooters, [...withoutConfiguration, ...withoutFooters]]) {
      const survey = surveyOf(captureOf(...spike, ...globals));
      assertWhole(survey);
      assert.deepEqual(devicesOf(survey), whole);
      assert.equal(
        survey.configuration?.machine,
        globals.length === 4 || globals === withoutConfiguration ? undefined : 'spike',
      );
    }
  });

  it('on a volume larger than it ends where QEMU ends it, whatever lies behind', () => {
    const bytes = captureOf(...virt);
    const whole = surveyOf(bytes);
    const stale = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31) % 251);
    for (const behind of [new Uint8Array(2 ** 20), stale, bytes.slice(0, 150_000), Uint8Array.of(0)]) {
      const survey = surveyOf(Buffer.concat([bytes, behind]));
      assertWhole(survey);
      assert.deepEqual(devicesOf(survey), devicesOf(whole));
      assert.deepEqual(survey.description, whole.description);
      assert.equal(survey.trailingByteCount, behind.length);
    }
  });

  it('on a larger volume, without footers, too', () => {
    const bytes = captureOf(...spike, ...withoutFooters);
    const survey = surveyOf(Buffer.concat([bytes, new Uint8Array(70_000)]));
    assertWhole(survey);
    assert.deepEqual(devicesOf(survey), devicesOf(surveyOf(bytes)));
  });

  it('of virt without a description is read by the layouts that we know', () => {
    const described = readSnapshot(captureOf(...virt, '-smp', '2'));
    const survey = surveyOf(
      captureOf('qemu-system-riscv64', '-M', 'virt,suppress-vmdesc=on', ...virt.slice(3), '-smp', '2'),
    );
    assertWhole(survey);
    assert.deepEqual(
      survey.devices.map(({ name, instanceId, byteCount }) => [name, instanceId, byteCount]),
      described.devices.map(({ name, instanceId, bytes }) => [name, instanceId, bytes.length]),
    );
    assert.equal(fieldOf(survey.devices.filter(({ name }) => name === 'cpu')[1]!.state, 'env.mhartid'), 1n);
  });

  it('of another machine without a description has its sections listed, and the unknown ones named', () => {
    const survey = surveyOf(captureOf('qemu-system-riscv64', '-M', 'spike,suppress-vmdesc=on', ...spike.slice(3)));
    assert.deepEqual(survey.faults, []);
    assert.ok(survey.unread.length > 0);
    assert.ok(survey.sections.every(({ isWhole }) => isWhole));
    assert.equal(survey.sections.at(-1)!.name, 'globalstate');
  });
});

describe('a stream whose pages went through channels of multifd', () => {
  it('is said to be without them, and what to do', () => {
    const out = new ByteSink();
    writeHeader(out);
    writeConfiguration(out, 'virt');
    beginSection(out, { type: 'start', id: 1, name: 'ram', instanceId: 0, version: 4 });
    writeBlockList(out, [{ name: 'riscv_virt_board.ram', byteCount: 0x4000 }]);
    out.u64Number(0x200);
    writeEndOfRam(out);
    endSection(out, 1);
    writeEof(out);
    const survey = surveyOf(out.bytes().slice());
    assert.deepEqual([survey.faults, survey.hasOtherChannels], [[], true]);
    const [finding] = findingsOf(survey, false).filter(({ isWrong }) => isWrong);
    assert.match(finding!.text, /4 of 4 pages are missing: 0x0-0x3\. .*without `multifd`, or with `mapped-ram`/);
  });
});

describe('a file around a stream, or in its place', () => {
  /** The head of `virsh save` as libvirt writes it on this architecture, and on one of the other byte order. */
  function libvirtImage(stream: Uint8Array, magic: string, format: number, isLittle: boolean): Uint8Array {
    const xml = Buffer.from('<domain type="kvm"><name>guest</name></domain>\0');
    const head = Buffer.alloc(92);
    head.write(magic, 'latin1');
    const words = [2, xml.length, 1, format, 0];
    for (const [index, word] of words.entries()) {
      if (isLittle) head.writeUInt32LE(word, 16 + 4 * index);
      else head.writeUInt32BE(word, 16 + 4 * index);
    }
    return Buffer.concat([head, xml, stream]);
  }

  it('is read behind the head of `virsh save`, with offsets in the file', () => {
    const bytes = captured('spike');
    const plain = surveyOf(bytes);
    for (const isLittle of [true, false]) {
      const image = libvirtImage(bytes, 'LibvirtQemudSave', 0, isLittle);
      const survey = surveyOf(image);
      assertWhole(survey);
      const shift = image.length - bytes.length;
      assert.deepEqual(
        survey.sections,
        plain.sections.map((section) => ({ ...section, offset: section.offset + shift })),
      );
      assert.equal(contents(image, survey, 'riscv.spike.ram'), contents(bytes, plain, 'riscv.spike.ram'));
    }
  });

  const stream = Buffer.from('QEVM\0\0\0\x03');
  const others: [what: string, bytes: Uint8Array, text: RegExp, advice: RegExp][] = [
    [
      'a compressed image of `virsh save`',
      libvirtImage(stream, 'LibvirtQemudSave', 3, true),
      /compressed by xz/,
      /`tail -c \+140 FILE \| xz -dc/,
    ],
    [
      'an unfinished one',
      libvirtImage(stream, 'LibvirtQemudPart', 0, true),
      /incomplete image/,
      /save the domain again/,
    ],
    ['a channel of multifd', Buffer.from('112233440000000100', 'hex'), /channel of a multifd/, /without `multifd`/],
    ['a file compressed by zstd', Buffer.from('28b52ffd00', 'hex'), /compressed by zstd/, /`zstd -dc FILE/],
    ['a qcow2 image', Buffer.from('514649fb00000003', 'hex'), /a qcow2 image/, /-loadvm/],
  ];
  for (const [what, bytes, text, advice] of others) {
    it(`is named, with what to do: ${what}`, () => {
      const { faults } = surveyOf(bytes);
      assert.equal(faults.length, 1);
      assert.match(faultText(faults[0]!), text);
      assert.match(faultAdvice(faults[0]!), advice);
    });
  }
});
