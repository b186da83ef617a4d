/** The sections with debug information of one ELF file, by name; undefined where it has none. */
export interface DebugSections {
  /** Of the file: what it names relatively lies from its folder. */
  readonly path: string;
  section(name: string): DebugSection | undefined;
}

export interface DebugSection {
  readonly bytes: Uint8Array;
  /** Where it is in memory, if it is. */
  readonly address: bigint;
}

/** What a file says cannot be: wherever it was asked for, it counts as not said. */
export class DwarfError extends Error {}

/** What is damaged counts as not said. */
export function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof DwarfError) return undefined;
    throw error;
  }
}
