import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import type { Host, OutputReservation } from '../../debug-adapter/debuggee/host';
import { memoryFile } from '../../debug-adapter/debuggee/memory-file';
import { EmbeddedDebuggee } from '../../debug-adapter/embedded/embedded-debuggee';
import { SnapshotOutput } from '../../debug-adapter/embedded/output';
import { restore } from '../../debug-adapter/embedded/restore';
import type { CheckpointOptions } from '../../debug-adapter/embedded/run-checkpoints';
import type { SnapshotTrigger } from '../../debug-adapter/embedded/snapshot-trigger';
import { createMachine } from '../../debug-adapter/emulator/machine/create-machine';
import type { ImageFile } from '../../debug-adapter/emulator/machine/image-file';
import type { Machine, MachineOptions } from '../../debug-adapter/emulator/machine/machine';
import type { IncomingMachine } from '../../debug-adapter/migration/incoming';
import type { SnapshotOptions } from '../../debug-adapter/migration/snapshot-options';
import { nodeHost } from '../../debug-adapter/node/host';
import shownSources from '../../debug-adapter/shown-sources.json';
import type { Interleaving } from '../../debug-adapter/simulation/interleaving';
import type { Beginning } from '../../debug-adapter/vmm/vmm';
import type { WhatIf } from '../../debug-adapter/vmm/what-if';

/** Of the chunks one behind the other. */
export function sha256(chunks: Iterable<Uint8Array>): string {
  const hash = nodeHost.sha256();
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest();
}

const root = join(__dirname, '../..');

let compiled: WebAssembly.Module | undefined;

export function coreModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(join(root, 'dist/core.wasm')));
  return compiled;
}

const sources = new Map(
  Object.entries(shownSources).map(([file, folder]) => [
    file,
    readFileSync(join(root, 'debug-adapter', folder, file), 'utf8'),
  ]),
);

export interface Bench {
  readonly debuggee: EmbeddedDebuggee;
  readonly machine: Machine;
  /** Files committed, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly messages: readonly string[];
  readonly console: () => string;
  /** Resolves when the guest has printed `text` behind what it had printed at `from`. */
  printed(text: string, from?: number): Promise<void>;
  /** Called at the end of each slice of a run. */
  onSlice: () => void;
}

export interface BenchOptions extends DebuggeeOptions {
  readonly machine: Partial<MachineOptions>;
}

export interface DebuggeeOptions {
  readonly trigger?: SnapshotTrigger;
  /** How much the wall clock advances at each look: 0 makes slices as long as can be, 100 as short. */
  readonly msPerLook?: number;
  /** Another wall clock, in ms. */
  readonly now?: Host['now'];
  readonly snapshot?: Partial<SnapshotOptions>;
  /** Bytes after which the output takes no more. */
  readonly outputByteCountMax?: number;
  readonly whatIf?: Partial<WhatIf>;
  readonly oracle?: boolean;
  readonly interleaving?: Interleaving;
  readonly pace?: boolean;
  readonly checkpoints?: CheckpointOptions;
  /** The host is about to sleep; its clock is on as soon as this ends. */
  readonly onSleep?: Host['sleep'];
}

export const snapshotPath = '/snapshot';

/** A small machine; without flash, whose pages would be most of each snapshot, unless that is asked for. */
export function bareMachine(options: Partial<MachineOptions>): Machine {
  const small = { hartCount: 1, ramByteCount: 1 << 20, nsPerInstruction: 10, hasFlash: false };
  return createMachine(coreModule(), { ...small, ...options });
}

/** An embedded debuggee whose files are kept in memory and whose wall clock is the test's. */
export function bench({ machine, ...options }: BenchOptions): Bench {
  return benchOf(bareMachine(machine), undefined, options);
}

/** The machine that a stream restores. */
export function restored(stream: Uint8Array, disk?: ImageFile): Promise<IncomingMachine> {
  const path = '/restored';
  return restore(coreModule(), memoryHost(new Map([[path, stream]]), 0, 0), {
    path,
    nsPerInstruction: 10,
    disk,
    sha256: nodeHost.sha256,
  });
}

/** The same as `bench`, of the machine that a stream restores. */
export async function restoredBench(stream: Uint8Array, options: DebuggeeOptions = {}): Promise<Bench> {
  const incoming = await restored(stream);
  return benchOf(incoming.machine, incoming, options);
}

/** A debuggee of a machine that has run before. */
export function benchOf(machine: Machine, beginning: Beginning | undefined, options: DebuggeeOptions): Bench {
  const files = new Map<string, Uint8Array>();
  const messages: string[] = [];
  let consoleText = '';
  const readers = new Set<() => void>();
  const printed = (text: string, from = 0) =>
    new Promise<void>((done) => {
      const look = (): void => {
        if (!consoleText.slice(from).includes(text)) return;
        readers.delete(look);
        done();
      };
      readers.add(look);
      look();
    });
  const hooks = { onSlice: () => {} };
  const host = memoryHost(files, options.msPerLook ?? 0, options.outputByteCountMax ?? Infinity, options.onSleep);
  const debuggee = new EmbeddedDebuggee({
    machine,
    trigger: options.trigger ?? { kind: 'command' },
    output: new SnapshotOutput(host, snapshotPath, machine.diskImages.size, []),
    snapshot: options.snapshot ?? {},
    sources,
    host: {
      ...host,
      ...(options.now && { now: options.now }),
      nextTurn() {
        hooks.onSlice();
        return new Promise((resolve) => setImmediate(resolve));
      },
    },
    pace: options.pace,
    checkpoints: options.checkpoints,
    whatIf: options.whatIf,
    oracle: options.oracle,
    ...(beginning && { beginning }),
    interleaving: options.interleaving,
  });
  debuggee.onEvent((event) => {
    if (event.kind === 'message') messages.push(event.text);
    else if (event.kind === 'console') {
      consoleText += Buffer.from(event.bytes).toString('latin1');
      for (const look of readers) look();
    }
  });
  return Object.assign(hooks, { debuggee, machine, files, messages, console: () => consoleText, printed });
}

/** Runs without breakpoints until nothing happens any more that does not come from outside. */
export async function runUntilIdle(run: Bench): Promise<void> {
  run.debuggee.setBreakpoints(noBreakpoints);
  let slices = 0;
  run.onSlice = () => slices++;
  const running = run.debuggee.run({ kind: 'continue' });
  // A run that is not idle asks for its next turn in every turn of the event loop.
  for (let seen = -1; seen !== slices; ) {
    seen = slices;
    for (let turn = 0; turn < 2; turn++) await new Promise((done) => setImmediate(done));
  }
  run.debuggee.pause();
  assert.equal((await running).reason, 'pause');
}

/** Files kept in memory, of which the disk takes so many bytes. */
function memoryOutput(main: string, files: Map<string, Uint8Array>, byteCountMax: number): OutputReservation {
  return {
    isFor: (path) => path === main,
    replaces: (path) => files.has(path),
    begin() {
      const written = new Map<string, Uint8Array[]>();
      let byteCount = 0;
      return {
        create(path) {
          const chunks: Uint8Array[] = [];
          written.set(path, chunks);
          const write = (bytes: Uint8Array): string | undefined => {
            byteCount += bytes.length;
            if (byteCount > byteCountMax) return 'no space left on device';
            chunks.push(bytes.slice());
            return undefined;
          };
          return {
            path,
            write,
            writeZeros: (zeroByteCount) => write(new Uint8Array(zeroByteCount)),
            copyTo: (file, copiedByteCount) => file.write(Buffer.concat(chunks).subarray(0, copiedByteCount)),
          };
        },
        commit() {
          for (const [path, chunks] of written) files.set(path, Buffer.concat(chunks));
          return undefined;
        },
        isInPlace: () => [...written.keys()].every((path) => files.has(path)),
        abandon: () => written.clear(),
      };
    },
    release: () => {},
  };
}

function memoryHost(
  files: Map<string, Uint8Array>,
  msPerLook: number,
  byteCountMax: number,
  onSleep: Host['sleep'] = async () => {},
): Host {
  let nowMs = 0;
  let looks = 0;
  return {
    readFile: (path) => Promise.reject(new Error(`no file ${path}`)),
    async openInput(path) {
      const bytes = files.get(path);
      if (!bytes) throw new Error(`no file ${path}`);
      return memoryFile(bytes);
    },
    reserveOutput: ([path]) => memoryOutput(path!, files, byteCountMax),
    sha256: nodeHost.sha256,
    nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
    async sleep(ms, woken) {
      await onSleep(ms, woken);
      nowMs += ms;
    },
    now() {
      // Even the longest slice ends some time, or a pause would never be seen.
      nowMs += msPerLook > 0 ? msPerLook : ++looks % 256 === 0 ? 100 : 0;
      return nowMs;
    },
  };
}
