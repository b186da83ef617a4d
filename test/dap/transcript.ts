import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { ConsoleEvent, PagesEvent } from '../../debug-adapter/protocol/messages';
import { pageStateNames } from '../../debug-adapter/protocol/page-states';

const width = 118;

/** What a session says, without what differs from run to run: sequence numbers, paths, and when a timer fires. */
export class Transcript {
  readonly #lines: string[] = [];
  #console = '';

  constructor(private readonly names: Readonly<Record<string, string>>) {}

  request(command: string, args: unknown): void {
    this.#write(`→ ${command}`, args);
  }

  response(command: string, body: unknown): void {
    // What `initialize` answers never changes from test to test; one of them reads it.
    this.#write(`← ${command}`, command === 'initialize' ? undefined : body);
  }

  failure(command: string, message: string): void {
    this.#write(`← ${command} failed:`, message);
  }

  event({ event, body }: Dap.Event): void {
    if (event === 'freezeframe.console') {
      this.#console += Buffer.from((body as ConsoleEvent).bytes, 'base64').toString('latin1');
      return;
    }
    if (event === 'freezeframe.pages') {
      const { kind, blocks, timeNs, phase, stopped } = body as PagesEvent;
      const { counts } = blocks[0]!;
      const named = Object.fromEntries(
        counts.map((count, state) => [pageStateNames[state], count] as const).filter(([, count]) => count > 0),
      );
      if (stopped) this.#write(`  ${event}`, { kind, counts: named, timeNs, phase });
      return;
    }
    this.#write(`  ${event}`, body);
  }

  text(): string {
    this.#flushConsole();
    return `${this.#lines.join('\n')}\n`;
  }

  #write(head: string, body: unknown): void {
    this.#flushConsole();
    const indent = /^ */.exec(head)![0];
    this.#lines.push(body === undefined ? head : `${head} ${pretty(JSON.parse(this.#named(body)), indent)}`);
  }

  /** As JSON, before lines are broken: how long a path is, is the machine's. */
  #named(body: unknown): string {
    let json = JSON.stringify(body);
    for (const [path, name] of Object.entries(this.names)) json = json.replaceAll(path, name);
    return json;
  }

  /** How the guest's output is cut into events is the timer's doing. */
  #flushConsole(): void {
    if (this.#console !== '') this.#lines.push(`  freezeframe.console ${this.#named(this.#console)}`);
    this.#console = '';
  }
}

/** JSON, on one line where it fits. */
export function pretty(value: unknown, indent: string): string {
  const flat = JSON.stringify(value);
  if (flat.length + indent.length <= width || typeof value !== 'object' || value === null) return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => `${inner}${pretty(item, inner)}`).join(',\n')}\n${indent}]`;
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const lines = fields.map(([key, field]) => `${inner}${JSON.stringify(key)}: ${pretty(field, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

/** Compares with the transcript on record. */
export function assertGolden(name: string, text: string): void {
  const file = join(__dirname, 'golden', `${name}.txt`);
  if (process.env.UPDATE_GOLDEN) {
    writeFileSync(file, text);
    return;
  }
  assert.ok(existsSync(file), `there is no transcript ${file}; UPDATE_GOLDEN=1 writes it`);
  assert.equal(text, readFileSync(file, 'utf8'), `${name} differs; UPDATE_GOLDEN=1 rewrites it`);
}
