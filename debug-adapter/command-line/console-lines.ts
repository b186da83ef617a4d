import { printableLine } from './printable';
import { TerminalConsole } from './terminal-console';

/** A guest that ends no line fills no memory. */
const lineLengthMax = 4096;

/**
 * A guest's console as a log: its lines as a terminal would show them, with what overwrites a line overwritten, without
 * colours, and with nothing in them that a terminal would obey.
 */
export class ConsoleLines {
  readonly #text = new TerminalConsole({ showsSequences: false });
  readonly #decoder = new TextDecoder();
  /** The line that has not ended, one character each. */
  #open: string[] = [];
  #column = 0;
  #last = '';

  /** @param take a line that has ended */
  constructor(private readonly take: (line: string) => void) {}

  write(bytes: Uint8Array): void {
    for (const character of this.#decoder.decode(this.#text.filter(bytes), { stream: true })) this.#put(character);
  }

  /** The line that the guest has written on last, whether it has ended or not. */
  get last(): string {
    const open = this.#openText();
    return open.trim() === '' ? this.#last : open;
  }

  /** What has not ended is a line, too. */
  end(): void {
    if (this.#open.length > 0) this.#endLine();
  }

  #put(character: string): void {
    switch (character) {
      case '\n':
        this.#endLine();
        break;
      case '\r':
        this.#column = 0;
        break;
      case '\b':
        this.#column = Math.max(0, this.#column - 1);
        break;
      case '\x07':
        break;
      default:
        this.#open[this.#column++] = character;
        if (this.#column >= lineLengthMax) this.#endLine();
    }
  }

  #endLine(): void {
    const line = this.#openText();
    this.#open = [];
    this.#column = 0;
    if (line.trim() !== '') this.#last = line;
    this.take(line);
  }

  #openText(): string {
    return printableLine(this.#open.join('').trimEnd().replaceAll('\t', ' '));
  }
}
