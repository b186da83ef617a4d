import type { DebugProtocol as Dap } from '@vscode/debugprotocol';

type Area = 'all' | 'stacks' | 'threads' | 'variables';
/** Colours of SGR sequences (ECMA-48). */
const styles = { error: '31', faint: '2' } as const;

/** Who is at the other end, what it can take (as it said in `initialize`), and what it wants to be told of. */
export class Client {
  /** It has asked for the page map, and for what becomes of it. */
  followsPages = false;
  /** The same of the timeline. */
  followsTimeline = false;

  constructor(
    readonly send: (event: string, body?: unknown) => void,
    readonly features: Partial<Dap.InitializeRequestArguments> = {},
  ) {}

  /** What was told of these may not be so any more. */
  invalidate(...areas: Area[]): void {
    if (this.features.supportsInvalidatedEvent) this.send('invalidated', { areas });
  }

  /** Bytes that it has read have changed. `memoryReference` is the one that it has used. */
  memoryChanged(memoryReference: string, offset: number, count: number): void {
    if (this.features.supportsMemoryEvent) this.send('memory', { memoryReference, offset, count });
  }

  /** One of the progress events. */
  progress(event: 'progressStart' | 'progressUpdate' | 'progressEnd', body: unknown): void {
    if (this.features.supportsProgressReporting) this.send(event, body);
  }

  /** Text in a style, where it knows styles. */
  styled(text: string, style: keyof typeof styles): string {
    return this.features.supportsANSIStyling ? `\x1b[${styles[style]}m${text}\x1b[0m` : text;
  }
}
