/** A place in a source of the guest. */
export interface SourcePlace {
  /** As the debug information names the file, and absolute. */
  readonly path: string;
  readonly line: number;
  /** From 1; 0 where it is not known. */
  readonly column: number;
}

/** What is known of the sources of guest code, by the debug information of its images. */
export interface GuestSource {
  /** Undefined where no line is known. */
  lineAt(address: bigint): SourcePlace | undefined;
  /** Paths of files with this name, whose code is in one of the images. */
  pathsNamed(name: string): readonly string[];
  /** The line nearest at or after `line` that has code, and the addresses at which it begins; undefined where none has. */
  codeOf(path: string, line: number): { readonly line: number; readonly addresses: readonly bigint[] } | undefined;
}

export const noGuestSource: GuestSource = {
  lineAt: () => undefined,
  pathsNamed: () => [],
  codeOf: () => undefined,
};
