import type { DebugProtocol as Dap } from '@vscode/debugprotocol';

type Area = 'all' | 'stacks' | 'threads' | 'variables';

/** Who is at the other end, and what it can take: what it said in `initialize`. */
export class Client {
  constructor(
    readonly send: (event: string, body?: unknown) => void,
    readonly features: Partial<Dap.InitializeRequestArguments> = {},
  ) {}

  /** What was told of these may not be so any more. */
  invalidate(...areas: Area[]): void {
    if (this.features.supportsInvalidatedEvent) this.send('invalidated', { areas });
  }

  /** Bytes that it may have read have changed. `memoryReference` is one that it was given or has used. */
  memoryChanged(memoryReference: string, offset: number, count: number): void {
    if (this.features.supportsMemoryEvent) this.send('memory', { memoryReference, offset, count });
  }
}
