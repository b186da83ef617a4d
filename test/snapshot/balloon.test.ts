import assert from 'node:assert/strict';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { dataOffset, read, scriptImage } from '../devices/register-script';
import { dataOf, drive } from '../devices/virtio-driver';
import { bench } from './harness';

/** A page behind the rings, that the guest gives away: its contents, and its number. */
const pageOffset = 0x30_0000;
const pageFrame = new Uint8Array(4);
new DataView(pageFrame.buffer).setUint32(0, (0x8000_0000 + pageOffset) / 4096, true);

function guest(waitCount: number): Uint8Array {
  const driver = drive(0, 0, [{ size: 8, requests: [[{ bytes: pageFrame }]] }]);
  const data = new Uint8Array(pageOffset + 4096 - dataOffset).fill(0x5a, pageOffset - dataOffset);
  data.set(dataOf([driver]).subarray(0, 0x4000));
  const wait = Array.from({ length: waitCount }, () => read(0x1000_0005, 1));
  return scriptImage([...wait, ...driver.accesses], data);
}

async function contentsAfter(waitCount: number): Promise<Uint8Array> {
  const machine = {
    program: { path: 'balloon', bytes: guest(waitCount) },
    ramByteCount: 8 << 20,
    virtio: [{ kind: 'balloon' } as const],
  };
  const run = bench({ machine, trigger: { kind: 'time', ns: 10_000 } });
  run.debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'wp-disarm' }] });
  await run.debuggee.run({ kind: 'continue' });
  assert.equal(run.machine.save().virtio![0]!.queues[0]!.usedIndex, 1, 'the request has not been served');
  return run.machine.core.ram.slice(pageOffset, pageOffset + 4096);
}

describe('a page that the guest gives to the balloon', () => {
  it('is zeros from then on', async () => {
    assert((await contentsAfter(0)).every((byte) => byte === 0));
  });

  it('keeps its contents while RAM is write-protected', async () => {
    assert((await contentsAfter(5000)).every((byte) => byte === 0x5a));
  });
});
