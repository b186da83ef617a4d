import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { noSource } from './errors';

/**
 * The sources of the VMM's threads as a client sees them: files under a folder where there is one, else texts that it
 * asks for by reference.
 */
export class ShownSources {
  readonly #files: readonly string[];

  constructor(
    private readonly texts: ReadonlyMap<string, string>,
    private readonly root: string | undefined,
  ) {
    this.#files = [...texts.keys()];
  }

  all(): Dap.Source[] {
    return this.#files.map((file) => this.source(file));
  }

  source(file: string): Dap.Source {
    if (this.root === undefined) return { name: file, sourceReference: this.#files.indexOf(file) + 1 };
    return { name: file, path: joined(this.root, file) };
  }

  /** The file that a client means, or undefined when it is none of ours. */
  fileOf({ path, name, sourceReference }: Dap.Source): string | undefined {
    if (sourceReference) return this.#files[sourceReference - 1];
    if (path === undefined) return this.#files.find((file) => file === name);
    const wanted = normal(path);
    return this.#files.find((file) => wanted === (this.root === undefined ? file : normal(joined(this.root, file))));
  }

  text(source: Dap.Source): string {
    const text = this.texts.get(this.fileOf(source) ?? '');
    if (text === undefined) throw noSource(source.path ?? source.name ?? `${source.sourceReference}`);
    return text;
  }
}

function joined(folder: string, file: string): string {
  const separator = folder.includes('\\') ? '\\' : '/';
  return folder.endsWith(separator) ? `${folder}${file}` : `${folder}${separator}${file}`;
}

/** Clients on Windows write one path in many ways. */
function normal(path: string): string {
  const slashes = path.replaceAll('\\', '/');
  return /^[a-z]:/i.test(slashes) ? slashes.toLowerCase() : slashes;
}
