import assert from 'node:assert/strict';
import { printable, printableLine } from './printable';
import { TerminalConsole } from './terminal-console';

describe('text for a terminal', () => {
  it('has no character that a terminal would obey, but for the ends of lines', () => {
    assert.equal(
      printable('a\x1b[31mb\r\nc\x07\x7f\x9b2J\u202ed'),
      'a\\u001b[31mb\\u000d\nc\\u0007\\u007f\\u009b2J\\u202ed',
    );
    assert.equal(printable('ok     every word, “quoted” … × µs ✓'), 'ok     every word, “quoted” … × µs ✓');
  });

  it('is still JSON if it was', () => {
    const value = { name: 'a\u009b\u2028\x1b\x7f' };
    assert.deepEqual(JSON.parse(printable(JSON.stringify(value, null, 2))), value);
  });

  it('is one line where it names something', () => {
    assert.equal(printableLine('x\nok     forged'), 'x\\u000aok     forged');
  });
});

describe("a guest's console on a terminal", () => {
  const shown = (...pieces: string[]): string => {
    const terminal = new TerminalConsole();
    return pieces
      .map((piece) => Buffer.from(terminal.filter(Buffer.from(piece, 'latin1'))).toString('latin1'))
      .join('');
  };

  it('shows text, colours and what an editor of lines or files needs', () => {
    for (const text of [
      'Linux\r\n\tversion 6.1 \xc3\xa9\b \b',
      '\x1b[1;31mred\x1b[0m \x1b[2J\x1b[H\x1b[3;4H\x1b[K\x1b[5A\x1b[C\x1b[1@',
      '\x1b7\x1b8\x1bM\x1b=\x1b[?25l\x1b[?1049h\x1b[?2004h\x1b(B',
    ]) {
      assert.equal(shown(text), text);
      assert.equal(shown(...text), text, 'byte by byte');
    }
  });

  it('neither sets the title or the clipboard, nor asks the terminal to answer as if somebody typed', () => {
    for (const sequence of [
      '\x1b]0;title\x07',
      '\x1b]52;c;cm0gLXJmIC8=\x1b\\',
      '\x1bP$q"p\x1b\\',
      '\x1b_apc\x1b\\',
      '\x1b[6n',
      '\x1b[c',
      '\x1b[>0c',
      '\x1b[21t',
      '\x1b[?9001h',
      '\x1b[!p',
      '\x1bc',
      '\x05',
      '\x0e',
      '\xc2\x9b6n',
      '\xc2\x9d0;x\x07',
    ]) {
      assert.equal(shown(`a${sequence}b`), 'ab', JSON.stringify(sequence));
      assert.equal(shown('a', ...sequence, 'b'), 'ab', JSON.stringify(sequence));
    }
  });

  it('shows what comes after a sequence that never ends', () => {
    assert.equal(shown(`a\x1b[${'1'.repeat(1000)}b`).endsWith('b'), true);
    assert.match(shown(`a\x1b]0;${'x'.repeat(5000)}b`), /^a0;x+b$/);
  });
});
