import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Hash, Host } from '../debuggee/host';
import type { Resources } from '../launch';
import type { ClientFiles } from '../session/guest-sources';
import shownSources from '../shown-sources.json';
import { openRegularFile, readRegularFile } from './input-files';
import { FileReservation } from './reservation';

/** Node's file system, event loop and clock. */
export const nodeHost: Host = {
  readFile: readRegularFile,
  openInput: async (path) => openRegularFile(path),
  reserveOutput: (paths, inputs) => new FileReservation(paths, inputs),
  sha256() {
    const hash = createHash('sha256');
    const updated: Hash = {
      update(bytes) {
        hash.update(bytes);
        return updated;
      },
      digest: () => hash.digest('hex'),
    };
    return updated;
  },
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  sleep: async (ms, woken) => {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))), woken]);
    clearTimeout(timer);
  },
  now: () => performance.now(),
};

/** An editor on this machine finds them where they are. */
export const clientFiles: ClientFiles = {
  pathOf: (path) => resolve(path),
  exists: async (path) => existsSync(path),
};

/** Where the files that the build puts beside the bundles are; from the sources, the checkout's `dist`. */
const resourceFolder = __dirname.endsWith(join('debug-adapter', 'node')) ? join(__dirname, '../../dist') : __dirname;

/** The sources of the VMM's threads, as files that an editor can open. */
export const sourceFolder = join(resourceFolder, 'freezeframe-source');

/** @throws Error when the build has not been run. */
export function readSource(file: string): string {
  return readFileSync(join(sourceFolder, file), 'utf8');
}

/** @throws Error when the build has not been run. */
export function readResources(): Resources {
  return {
    core: new WebAssembly.Module(readFileSync(join(resourceFolder, 'core.wasm'))),
    sources: new Map(Object.keys(shownSources).map((file) => [file, readSource(file)])),
  };
}
