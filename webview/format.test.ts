import { equal } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatCount, formatShare, formatSize, formatTime, pageAddress, pageNumber } from './format';

describe('numbers of the page map', () => {
  it('times keep their nanoseconds', () => {
    equal(formatTime(1_234_567_890), '1\u2009234.567\u2009890 ms');
    equal(formatTime(42), '0.000\u2009042 ms');
  });
  it('a part that is neither nothing nor all never looks so', () => {
    equal(formatShare(0, 32768), '0 %');
    equal(formatShare(1, 32768), '< 0.1 %');
    equal(formatShare(32767, 32768), '> 99.9 %');
    equal(formatShare(16384, 32768), '50 %');
  });
  it('pages have addresses and physical numbers beyond 32 bits', () => {
    equal(pageAddress('0x80000000', 0x100000), '0x180000000');
    equal(pageNumber('0x80000000', 0x400), '0x80400');
  });
  it('counts and sizes are grouped', () => {
    equal(formatCount(1048576), '1\u2009048\u2009576');
    equal(formatSize(32768), '128 MiB');
    equal(formatSize(1 << 20), '4 GiB');
    equal(formatSize(3), '12 KiB');
  });
});
