import assert from 'node:assert/strict';
import { fieldOf, type State } from '../../debug-adapter/vmstate/device-state';
import { captured } from './captured';
import { surveyOf } from './in-memory';
import { captureOf } from './machine-capture';
import { readSnapshot } from './naive-reader';

function assertWhole(bytes: Uint8Array) {
  const found = surveyOf(bytes);
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
      assertWhole(captureOf(program, '-M', machine, ...args));
    });
  }
});
