/** The guest's UART as a terminal: what it sends is shown, what is typed reaches it. */
import * as vscode from 'vscode';
import { fromBase64, toBase64 } from '../../debug-adapter/protocol/base64';
import type { ConsoleEvent } from '../../debug-adapter/protocol/messages';
import { customRequest, onCustomEvent } from './custom-requests';
import { debugType } from './debug-type';
import type { SessionWatch } from './session-watch';

/** Output kept for a terminal that is not open yet. */
const mostEarlyCharacters = 256 * 1024;

/** The consoles of all sessions; those of ended sessions stay readable until the next session begins. */
export class GuestConsoles implements vscode.Disposable {
  readonly #consoles = new Map<string, GuestConsole>();
  readonly #registrations = vscode.Disposable.from(
    vscode.debug.onDidStartDebugSession((session) => {
      if (session.type === debugType && session.configuration.console !== 'debugConsole')
        this.#consoleOf(session).reveal();
    }),
    onCustomEvent('freezeframe.console', (session, body) => {
      if (isConsoleEvent(body)) this.#consoleOf(session).write(fromBase64(body.bytes));
    }),
    vscode.debug.onDidTerminateDebugSession((session) => this.#consoles.get(session.id)?.end()),
  );

  constructor(watch: SessionWatch) {
    watch.onExited(({ session, exitCode }) => this.#consoles.get(session.id)?.end(exitCode));
  }

  dispose(): void {
    this.#registrations.dispose();
    for (const guest of this.#consoles.values()) guest.dispose();
  }

  #consoleOf(session: vscode.DebugSession): GuestConsole {
    const existing = this.#consoles.get(session.id);
    if (existing) return existing;
    for (const [id, guest] of this.#consoles) {
      if (!guest.ended) continue;
      guest.dispose();
      this.#consoles.delete(id);
    }
    const guest = new GuestConsole(session);
    this.#consoles.set(session.id, guest);
    return guest;
  }
}

class GuestConsole implements vscode.Pseudoterminal {
  readonly #output = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.#output.event;
  readonly #decoder = new TextDecoder();
  readonly #terminal: vscode.Terminal;
  /** Output from before the terminal opened; undefined from then on. */
  #early: string | undefined = '';
  ended = false;

  constructor(readonly session: vscode.DebugSession) {
    this.#terminal = vscode.window.createTerminal({
      name: 'Freezeframe: guest console',
      pty: this,
      iconPath: new vscode.ThemeIcon('vm'),
    });
    this.reveal();
  }

  reveal(): void {
    this.#terminal.show(true);
  }

  /** A line begins at the left edge, as in a terminal with QEMU in it (ONLCR): much bare-metal code sends LF alone. */
  write(bytes: Uint8Array): void {
    this.#show(this.#decoder.decode(bytes, { stream: true }).replaceAll('\n', '\r\n'));
  }

  /** @param exitCode as QEMU's process would end, of a guest that has ended by itself */
  end(exitCode?: number): void {
    if (this.ended) return;
    this.ended = true;
    const why = exitCode === undefined ? 'the session has ended' : `the guest has powered off, exit code ${exitCode}`;
    this.#show(`\r\n\x1b[2m[${why}]\x1b[0m\r\n`);
  }

  open(): void {
    const early = this.#early;
    this.#early = undefined;
    if (early) this.#output.fire(early);
  }

  close(): void {
    // Closing the terminal ends nothing but the terminal; output goes nowhere until the next session.
  }

  handleInput(text: string): void {
    if (this.ended) return;
    const bytes = toBase64(new TextEncoder().encode(text));
    customRequest(this.session, 'freezeframe.consoleInput', { bytes }).then(
      () => {},
      (error: Error) => this.#show(`\r\n\x1b[31m[${error.message}]\x1b[0m\r\n`),
    );
  }

  dispose(): void {
    this.#terminal.dispose();
    this.#output.dispose();
  }

  #show(text: string): void {
    if (this.#early === undefined) this.#output.fire(text);
    else this.#early = (this.#early + text).slice(-mostEarlyCharacters);
  }
}

function isConsoleEvent(body: unknown): body is ConsoleEvent {
  return typeof body === 'object' && body !== null && 'bytes' in body && typeof body.bytes === 'string';
}
