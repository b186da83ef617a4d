/**
 * What the session uses of `@vscode/debugadapter`. Its own declarations bring all of Node's with them, which the portable
 * part of the adapter must not see; debug-adapter/tsconfig.json puts these in their place.
 */
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';

export class DebugSession {
  sendEvent(event: Dap.Event): void;
  sendResponse(response: Dap.Response): void;
  /** Ends the process, except where several sessions share one. */
  shutdown(): void;
  protected dispatchRequest(request: Dap.Request): void;
}

export class Event implements Dap.Event {
  readonly seq: number;
  readonly type: 'event';
  readonly event: string;
  constructor(event: string, body?: unknown);
}

export class InitializedEvent extends Event {
  constructor();
}

export class TerminatedEvent extends Event {
  constructor();
}

export class OutputEvent extends Event {
  constructor(output: string, category?: string);
}

/** As an answer begins: successful, without a body. */
export class Response implements Dap.Response {
  readonly seq: number;
  readonly type: 'response';
  readonly request_seq: number;
  success: boolean;
  readonly command: string;
  constructor(request: Dap.Request, message?: string);
}
