/** The sections with debug information of one ELF file, by name; undefined where it has none. */
export interface DebugSections {
  /** Of the file: what it names relatively lies from its folder. */
  readonly path: string;
  section(name: string): DebugSection | undefined;
  /** Whether something of the file is there in memory: what a linker leaves out is still described, at addresses of nothing. */
  isInMemory(address: bigint): boolean;
}

/** Read when it is asked for. */
export interface DebugSection {
  /** Where it is in memory, if it is. */
  readonly address: bigint;
  readonly byteCount: number;
  /** All of it, which is kept. */
  readonly bytes: Uint8Array;
  /** Some of it, which is not. */
  part(from: number, byteCount: number): Uint8Array;
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
