import type { DebugProtocol as Dap } from '@vscode/debugprotocol';

/** Fields of the protocol that hold a line or a column. */
const fields = { line: 'line', endLine: 'line', column: 'column', endColumn: 'column', start: 'column' } as const;
/** Requests and events whose bodies are not all the protocol's, or have a `start` that is no column. */
const foreign = /^(freezeframe\.|launch|attach|restart|initialize|variables)/;

/** Lines and columns count from 1 here; a client may count either from 0. */
export class Positions {
  readonly #shift: Readonly<Record<'line' | 'column', number>>;

  constructor({ linesStartAt1 = true, columnsStartAt1 = true }: Partial<Dap.InitializeRequestArguments>) {
    this.#shift = { line: linesStartAt1 ? 0 : 1, column: columnsStartAt1 ? 0 : 1 };
  }

  /** Arguments of a request, as we count. */
  fromClient(command: string, args: unknown): unknown {
    return this.#isPlain(command) ? args : shifted(args, (kind, value) => value + this.#shift[kind]);
  }

  /** The body of an answer or an event, as the client counts. */
  toClient(name: string, body: unknown): unknown {
    // 0 is no line: of a frame without a source.
    return this.#isPlain(name) ? body : shifted(body, (kind, value) => Math.max(0, value - this.#shift[kind]));
  }

  #isPlain(name: string): boolean {
    return (this.#shift.line === 0 && this.#shift.column === 0) || foreign.test(name);
  }
}

function shifted(value: unknown, shift: (kind: 'line' | 'column', value: number) => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shifted(item, shift));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      const kind = Object.hasOwn(fields, key) ? fields[key as keyof typeof fields] : undefined;
      return [key, kind && typeof field === 'number' ? shift(kind, field) : shifted(field, shift)];
    }),
  );
}
