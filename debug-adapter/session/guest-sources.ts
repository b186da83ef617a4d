import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { GuestSource, SourcePlace } from '../debuggee/guest-source';

/** Where the client's files are. */
export interface ClientFiles {
  /** As the client names the file at a path. */
  pathOf(path: string): string;
  exists(path: string): Promise<boolean>;
}

/** Sources of the guest as a client sees them: files that it can open, or nothing. */
export class GuestSources {
  readonly #exists = new Map<string, boolean>();

  constructor(
    private readonly source: GuestSource,
    private readonly files: ClientFiles,
  ) {}

  /** Finds out which of these can be opened. Undefined: that is known. */
  lookFor(paths: readonly string[]): Promise<void> | undefined {
    const unknown = [...new Set(paths)].filter((path) => !this.#exists.has(path));
    if (unknown.length === 0) return undefined;
    const look = async (path: string): Promise<void> => {
      this.#exists.set(path, await this.files.exists(path));
    };
    return Promise.all(unknown.map(look)).then(() => {});
  }

  /** Until it has been looked for, a file counts as one that can be opened. */
  canOpen({ path }: SourcePlace): boolean {
    return this.#exists.get(path) ?? true;
  }

  shown(path: string): Dap.Source {
    return { name: nameOf(path), path: this.files.pathOf(path) };
  }

  /** As the images name the file that a client means; several may be one file. */
  pathsOf({ path }: Dap.Source): readonly string[] {
    if (path === undefined) return [];
    return this.source.pathsNamed(nameOf(path)).filter((each) => this.files.pathOf(each) === path);
  }

  /** Other files that have the name of this one. */
  namesakes({ path = '' }: Dap.Source): readonly string[] {
    return this.source.pathsNamed(nameOf(path));
  }

  /** The line nearest at or after `line` that has code, and where that begins. */
  codeOf(
    paths: readonly string[],
    line: number,
  ): { readonly line: number; readonly addresses: readonly bigint[] } | undefined {
    const found = paths.flatMap((path) => this.source.codeOf(path, line) ?? []);
    const nearest = Math.min(...found.map((each) => each.line));
    const addresses = found.filter((each) => each.line === nearest).flatMap((each) => each.addresses);
    return found.length > 0 ? { line: nearest, addresses } : undefined;
  }
}

function nameOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return path.includes('://') ? decodeURIComponent(name) : name;
}
