import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Actor, Wait } from '../simulation/actor';
import { Channel, type ChannelOptions, promptReader } from './channel';

/** A writer in its own time. */
class Writer implements Actor {
  readonly id = 'writer';
  clockNs = 0;
  wait: Wait | undefined;
  readonly channel: Channel;

  constructor(reader: Partial<ChannelOptions>) {
    this.channel = new Channel({ write: () => undefined }, { ...promptReader, ...reader });
  }

  /** Writes, and sleeps as long as it must; false when that is for ever. */
  write(byteCount: number): boolean {
    this.channel.write(new Uint8Array(byteCount));
    while (this.channel.sleeps(this)) {
      if (this.wait!.deadlineNs === Infinity) return false;
      this.clockNs = this.wait!.deadlineNs;
    }
    return true;
  }
}

/** The same pipe, byte by byte and without a formula: when each byte has been read. */
function readTimes(
  writes: readonly { atNs: number; byteCount: number }[],
  nsPerByte: number,
  stall?: [number, number],
) {
  const times: number[] = [];
  let readerNs = 0;
  for (const { atNs, byteCount } of writes) {
    for (let i = 0; i < byteCount; i++) {
      if (stall && times.length === stall[0]) readerNs += stall[1];
      readerNs = Math.max(readerNs, atNs) + nsPerByte;
      times.push(readerNs);
    }
  }
  return times;
}

describe('a channel', () => {
  it('takes 64 KiB at once, then only as fast as the reader reads', () => {
    const writer = new Writer({ bytesPerSecond: 1e6 });
    writer.write(65_536);
    assert.equal(writer.clockNs, 0);
    writer.write(1000);
    assert.equal(writer.clockNs, 1_000_000);
    assert.equal(writer.channel.fillAt(writer.clockNs), 65_536);
    writer.write(200_000);
    assert.equal(writer.clockNs, 201_000_000);
  });

  it('has no effect on a writer that is slower than the reader', () => {
    const writer = new Writer({ bytesPerSecond: 1e9 });
    for (let i = 0; i < 1000; i++) {
      writer.write(4000);
      assert.equal(writer.clockNs, i * 10_000);
      writer.clockNs += 10_000;
    }
    assert.equal(writer.channel.fillAt(writer.clockNs), 0);
  });

  it('keeps its writer for ever when the reader stalls, until it is shut down', () => {
    const writer = new Writer({ stallAtByte: 10_000 });
    assert.ok(writer.write(75_536));
    assert.ok(!writer.write(1));
    writer.clockNs += 5;
    writer.channel.shutdown(writer.clockNs);
    assert.equal(writer.wait, undefined);
    assert.ok(!writer.channel.sleeps(writer));
    assert.equal(writer.channel.errorAt(writer.clockNs), 'the channel was shut down');
  });

  it('tells its writer that the reader went away when that has read its last byte, not before', () => {
    const writer = new Writer({ bytesPerSecond: 1e6, closeAtByte: 50_000 });
    writer.write(60_000);
    assert.equal(writer.clockNs, 0);
    assert.equal(writer.channel.errorAt(49_999_999), undefined);
    assert.match(writer.channel.errorAt(50_000_000)!, /reader went away after 50000 bytes/);
    writer.write(60_000);
    assert.equal(writer.clockNs, 50_000_000, 'one who sleeps wakes then');
  });

  it('does what a pipe does byte by byte, with any reader and any writer', () => {
    const writes = fc.array(fc.record({ pauseNs: fc.nat(3_000_000), byteCount: fc.nat(60_000) }), { maxLength: 6 });
    const stalls = fc.option(fc.tuple(fc.nat(150_000), fc.nat(5_000_000)), { nil: undefined });
    fc.assert(
      fc.property(writes, fc.integer({ min: 1, max: 40 }), stalls, (plan, nsPerByte, stall) => {
        const writer = new Writer({
          bytesPerSecond: 1e9 / nsPerByte,
          ...(stall && { stallAtByte: stall[0], stallNs: stall[1] }),
        });
        const done: { atNs: number; byteCount: number }[] = [];
        for (const { pauseNs, byteCount } of plan) {
          writer.clockNs += pauseNs;
          done.push({ atNs: writer.clockNs, byteCount });
          writer.write(byteCount);
          const times = readTimes(done, nsPerByte, stall);
          const full = times.length - 65_536;
          const expected = Math.max(done.at(-1)!.atNs, full > 0 && byteCount > 0 ? times[full - 1]! : 0);
          assert.ok(Math.abs(writer.clockNs - expected) <= 1, `${writer.clockNs} for ${expected}`);
          const unread = times.filter((time) => time > writer.clockNs).length;
          assert.ok(Math.abs(writer.channel.fillAt(writer.clockNs) - unread) <= 1);
        }
      }),
      { numRuns: 60 },
    );
  });
});
