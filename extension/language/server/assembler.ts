import type { CancellationToken } from 'vscode-languageserver';
import type { AssemblerMessage } from '../analysis/assembler-messages';
import type { AssemblerSettings } from '../assembler-settings';

/** A real assembler, where there can be one. */
export interface Assembler {
  configure(settings: AssemblerSettings): void;
  /**
   * What it refuses in a text. Undefined where it cannot tell: there is none, it was cancelled, or it does not know the
   * arguments.
   */
  messages(request: AssemblerRequest): Promise<readonly AssemblerMessage[] | undefined>;
  /** Whether the user has said how it is called. */
  readonly isAsBuilt: boolean;
}

export interface AssemblerRequest {
  readonly text: string;
  readonly isPreprocessed: boolean;
  /** Its relative paths begin there, if it is a file's. */
  readonly uri: string;
  readonly cancellation: CancellationToken;
}
