import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { surveyStream } from '../../debug-adapter/command-line/survey';
import { fieldOf, type State } from '../../debug-adapter/vmstate/device-state';
import { requirePart } from '../../tools/parts.mjs';
import { captured } from './captured';
import { readSnapshot } from './naive-reader';

function survey(bytes: Uint8Array) {
  const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
  return surveyStream({ byteCount: bytes.length, read }, () => {});
}

/** What QEMU writes of a machine that stands before its first instruction. */
function capture(program: string, args: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-machine-'));
  try {
    const path = join(folder, 'stream');
    const silent = ['-S', '-display', 'none', '-serial', 'null', '-monitor', 'stdio'];
    const { stderr } = spawnSync(requirePart('qemu', program), [...args, ...silent], {
      input: `migrate "exec:cat > ${path}"\nquit\n`,
      encoding: 'utf8',
      timeout: 240_000,
    });
    assert.equal(stderr, '');
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function assertWhole(bytes: Uint8Array) {
  const found = survey(bytes);
  assert.deepEqual(found.faults, []);
  for (const { name, pages } of found.blocks) assert.equal(pages.missingCount, 0, name);
  assert.deepEqual(
    found.devices.map(({ name, instanceId }) => [name, instanceId]),
    found.description!.devices.map(({ name, instanceId }) => [name, instanceId]),
  );
  return found;
}

describe('a stream of another machine', () => {
  it('is read to its last byte: an x86 PC with two processors, PCI, USB and virtio', () => {
    const bytes = captured('pc');
    const found = assertWhole(bytes);
    assert.equal(found.configuration?.machine, 'pc-i440fx-7.2');
    const naive = readSnapshot(bytes);
    assert.deepEqual(
      found.devices.map(({ name, byteCount }) => [name, byteCount]),
      naive.devices.map(({ name, bytes }) => [name, bytes.length]),
    );
    const [boot] = found.devices.filter(({ name }) => name === 'cpu');
    assert.equal(fieldOf(boot!.state, 'env.eip'), 0xfff0n);
    const segments = fieldOf(boot!.state, 'env.segs') as State[];
    assert.equal(fieldOf(segments[1]!, 'selector'), 0xf000);
  });

  it('is read to its last byte: two harts on Spike', () => {
    const found = assertWhole(captured('spike'));
    assert.deepEqual(
      found.devices.filter(({ name }) => name === 'cpu').map(({ state }) => fieldOf(state, 'env.mhartid')),
      [0n, 1n],
    );
  });

  const machines: [program: string, machine: string, ...args: string[]][] = [
    ['qemu-system-riscv64', 'sifive_u', '-m', '16M', '-bios', 'none'],
    [
      'qemu-system-riscv64',
      'virt',
      '-m',
      '8M',
      '-bios',
      'none',
      '-device',
      'qemu-xhci',
      '-device',
      'virtio-serial-pci',
    ],
    ['qemu-system-avr', 'mega2560'],
    ['qemu-system-microblaze', 'petalogix-s3adsp1800'],
  ];
  for (const [program, machine, ...args] of machines) {
    it(`is read to its last byte: ${program} -M ${[machine, ...args].join(' ')}`, () => {
      assertWhole(capture(program, ['-M', machine, ...args]));
    });
  }
});
