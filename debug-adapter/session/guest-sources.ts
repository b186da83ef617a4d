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
  /** Folders, and where they are; the longest first. */
  readonly #moved: readonly (readonly [string, string])[];

  /** @param sourceMap folders as the images name them, and where they are */
  constructor(
    private readonly source: GuestSource,
    private readonly files: ClientFiles,
    sourceMap: Readonly<Record<string, string>>,
  ) {
    this.#moved = Object.entries(sourceMap)
      .map(([from, to]) => [withoutSlash(from.replaceAll('\\', '/')), withoutSlash(to)] as const)
      .sort(([a], [b]) => b.length - a.length);
  }

  /** Finds out which of these can be opened. Undefined: that is known. */
  lookFor(paths: readonly string[]): Promise<void> | undefined {
    const unknown = [...new Set(paths)].filter((path) => !this.#exists.has(path));
    if (unknown.length === 0) return undefined;
    const look = async (path: string): Promise<void> => {
      this.#exists.set(path, await this.files.exists(this.#placeOf(path)));
    };
    return Promise.all(unknown.map(look)).then(() => {});
  }

  /** Until it has been looked for, a file counts as one that can be opened. */
  canOpen({ path }: SourcePlace): boolean {
    return this.#exists.get(path) ?? true;
  }

  shown(path: string): Dap.Source {
    return { name: nameOf(path), path: this.#clientPath(path) };
  }

  /** As the images name the file that a client means; several may be one file. */
  pathsOf({ path }: Dap.Source): readonly string[] {
    if (path === undefined) return [];
    return this.source.pathsNamed(nameOf(path)).filter((each) => this.#clientPath(each) === path);
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

  #clientPath(path: string): string {
    return this.files.pathOf(this.#placeOf(path));
  }

  /** Where the file is that an image names so. */
  #placeOf(path: string): string {
    for (const [from, to] of this.#moved) {
      const end = endOfFolder(path, from);
      if (end !== undefined) return `${to}${path.slice(end)}`;
    }
    return path;
  }
}

/** Behind `folder` in a path that lies in it; undefined where it does not. */
function endOfFolder(path: string, folder: string): number | undefined {
  const isRelative = folder !== '' && !/^([a-z][a-z0-9+.-]*:|\/)/i.test(folder);
  // What is built to be the same everywhere knows its folder only from where it was built.
  const start = isRelative ? `${path}/`.indexOf(`/${folder}/`) + 1 : 0;
  const isIn = isRelative ? start > 0 : path === folder || path.startsWith(`${folder}/`);
  return isIn ? start + folder.length : undefined;
}

function withoutSlash(folder: string): string {
  return folder.replace(/[/\\]+$/, '');
}

function nameOf(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return path.includes('://') ? decodeURIComponent(name) : name;
}
