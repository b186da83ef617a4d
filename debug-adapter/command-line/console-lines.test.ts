import assert from 'node:assert/strict';
import { ConsoleLines } from './console-lines';

describe("a guest's console as a log", () => {
  const logged = (...pieces: string[]): { lines: string[]; last: string } => {
    const lines: string[] = [];
    const log = new ConsoleLines((line) => lines.push(line));
    for (const piece of pieces) log.write(Buffer.from(piece));
    return { lines, last: log.last };
  };

  it('has a line for each that the guest has ended, however the bytes come in pieces', () => {
    const text = 'U-Boot 2023\r\n\r\nauf: ä €\r\n=> ';
    const whole = { lines: ['U-Boot 2023', '', 'auf: ä €'], last: '=>' };
    assert.deepEqual(logged(text), whole);
    const log: string[] = [];
    const lines = new ConsoleLines((line) => log.push(line));
    for (const byte of Buffer.from(text)) lines.write(Uint8Array.of(byte));
    lines.end();
    assert.deepEqual(log, [...whole.lines, '=>']);
  });

  it('shows what has overwritten a line, not what it was', () => {
    assert.deepEqual(logged('autoboot in 3\b2\b1\rAUTO\r\nlz\b \bs\n').lines, ['AUTOboot in 1', 'ls']);
  });

  it('leaves out colours and everything else that a terminal would obey', () => {
    assert.deepEqual(logged('\x1b[1;31mpa\x07nic\x1b[0m\x1b[2J\x1b]0;t\x07\u202e!\n').lines, ['panic\\u202e!']);
  });

  it('ends a line that the guest does not end', () => {
    const { lines } = logged('x'.repeat(10_000));
    assert.deepEqual(
      lines.map(({ length }) => length),
      [4096, 4096],
    );
  });
});
