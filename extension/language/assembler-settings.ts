/** What client and server of the assembly language tell each other beyond the Language Server Protocol. */

/** Notification from the client, at the start and when it changes. */
export const assemblerNotification = 'freezeframe/assembler';

/** The assembler that problems are asked of; null where no program may be run. */
export type AssemblerSettings = {
  /** Empty for one that is found. */
  readonly path: string;
  readonly arguments: readonly string[];
} | null;
