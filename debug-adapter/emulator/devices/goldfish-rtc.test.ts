import assert from 'node:assert/strict';
import { GoldfishRtc } from './goldfish-rtc';

const epochNs = 0x1234_ffff_ff00n;

function fixture() {
  const seen = { nowNs: 0, level: false, changes: 0 };
  const rtc = new GoldfishRtc(
    epochNs,
    () => seen.nowNs,
    (level) => {
      seen.level = level;
    },
    () => {
      seen.changes++;
    },
  );
  return { rtc, seen };
}

/** As Linux sets it: the high half first, as the low one arms. */
function setAlarm(rtc: GoldfishRtc, time: bigint): void {
  rtc.write(0x0c, 4, time >> 32n);
  rtc.write(0x08, 4, time & 0xffff_ffffn);
}

describe('the goldfish RTC', () => {
  it('counts from its epoch by virtual time; the low half latches the high one', () => {
    const { rtc, seen } = fixture();
    assert.equal(rtc.read(0, 4), 0xffff_ff00n);
    seen.nowNs = 0x200;
    assert.equal(rtc.read(4, 4), 0x1234n);
    assert.equal(rtc.read(0, 4), 0x100n);
    assert.equal(rtc.read(4, 4), 0x1235n);
  });

  it('can be set, half by half', () => {
    const { rtc, seen } = fixture();
    rtc.write(4, 4, 7n);
    rtc.write(0, 4, 100n);
    seen.nowNs = 11;
    assert.deepEqual([rtc.read(0, 4), rtc.read(4, 4)], [111n, 7n]);
  });

  it('interrupts when its alarm is due, once, and only if enabled', () => {
    const { rtc, seen } = fixture();
    setAlarm(rtc, epochNs + 1000n);
    assert.equal(rtc.alarmNs, 1000);
    assert.equal(rtc.read(0x18, 4), 1n);
    rtc.advance(999);
    assert.equal(rtc.read(0x18, 4), 1n);
    rtc.advance(1000);
    assert.deepEqual([rtc.read(0x18, 4), rtc.alarmNs, seen.level], [0n, Infinity, false]);
    rtc.write(0x10, 4, 1n);
    assert.equal(seen.level, true);
    rtc.write(0x1c, 4, 1n);
    assert.equal(seen.level, false);
  });

  it('rings at once for an alarm in the past, and never for one cleared', () => {
    const { rtc, seen } = fixture();
    rtc.write(0x10, 4, 1n);
    setAlarm(rtc, epochNs - 1n);
    assert.equal(seen.level, true);
    rtc.write(0x1c, 4, 1n);
    setAlarm(rtc, epochNs + 5n);
    rtc.write(0x14, 4, 1n);
    rtc.advance(100);
    assert.equal(seen.level, false);
    assert.ok(seen.changes > 0);
  });

  it('decodes words, and double words as two of them, up to its end', () => {
    const { rtc } = fixture();
    setAlarm(rtc, 0x1_2345_6789n);
    assert.equal(rtc.read(8, 8), 0x1_2345_6789n);
    for (const [offset, size] of [
      [0, 1],
      [0, 2],
      [0x24, 4],
      [0x20, 8],
    ] as const) {
      assert.equal(rtc.read(offset, size), 'fault');
      assert.equal(rtc.write(offset, size, 0n), 'fault');
    }
  });

  it('is restored with its alarm and its interrupt', () => {
    const { rtc, seen } = fixture();
    rtc.write(0x10, 4, 1n);
    setAlarm(rtc, epochNs - 1n);
    setAlarm(rtc, epochNs + 10n);
    const other = fixture();
    other.rtc.restore(rtc.save());
    assert.deepEqual(other.rtc.save(), rtc.save());
    assert.deepEqual([other.seen.level, other.rtc.alarmNs], [seen.level, 10]);
  });
});
