import { type ComparisonRow, compare } from './comparison/comparison';
import { virtioDevices } from './configuration/declaration';
import { inputPaths, type LaunchConfiguration } from './configuration/launch-configuration';
import { type Debuggee, DebuggeeError } from './debuggee/debuggee';
import type { Host, InputFile } from './debuggee/host';
import { diskImage } from './embedded/disk-image';
import { EmbeddedDebuggee, type EmbeddedOptions } from './embedded/embedded-debuggee';
import { SnapshotOutput } from './embedded/output';
import { restore, restoredText } from './embedded/restore';
import type { SnapshotTrigger } from './embedded/snapshot-trigger';
import type { CodeGeneration } from './emulator/core/guest-core';
import { createMachine } from './emulator/machine/create-machine';
import type { ImageFile } from './emulator/machine/image-file';
import type { Image, Machine, MachineOptions, SymbolTable, VirtioOptions } from './emulator/machine/machine';
import { readSymbolFiles } from './emulator/machine/symbol-file';
import type { ChannelOptions } from './migration/channel';
import type { SnapshotOptions } from './migration/snapshot-options';
import { RememberingHost } from './recording/images';
import { type OpenedRecording, openRecording, writeRecording } from './recording/open-recording';
import { isTraceable } from './time-travel/past';
import { TimeTraveller } from './time-travel/time-traveller';

/** What ships beside the adapter. */
export interface Resources {
  readonly core: WebAssembly.Module;
  /** Texts of the shown sources, by file name. */
  readonly sources: ReadonlyMap<string, string>;
}

/** A real QEMU is a process: whoever has Node starts it (`qemu/`). */
function notHere(): DebuggeeError {
  const text = 'A real QEMU is debugged in VS Code on Linux, not in a browser; in a terminal by `freezeframe qemu`.';
  return new DebuggeeError('needs-linux', text);
}

/** The debuggee of a launch configuration. @throws DebuggeeError that says what cannot be and what to do. */
export async function launch(configuration: LaunchConfiguration, host: Host, resources: Resources): Promise<Debuggee> {
  const { recording, pace, timeTravel, codeGeneration, qemu } = configuration;
  if (qemu !== undefined) throw notHere();
  if (recording === undefined) return launchRun(configuration, host, resources);
  const opened = await openRecording(host, recording);
  return launchRun({ ...opened.configuration, timeTravel, pace, codeGeneration }, opened.host, resources, opened);
}

async function launchRun(
  configuration: LaunchConfiguration,
  host: Host,
  resources: Resources,
  recorded?: OpenedRecording,
): Promise<Debuggee> {
  const diskCount = configuration.disk === undefined ? 0 : 1;
  const { output: path } = configuration.snapshot;
  const output = new SnapshotOutput(host, path, diskCount, inputPaths(configuration));
  try {
    const read = new RememberingHost(host);
    const debuggee = await embeddedDebuggee(configuration, output, read, resources);
    if (!isTraceable(debuggee)) return debuggee;
    return new TimeTraveller(debuggee, {
      recorded,
      toText: (run, folder) => writeRecording(run, configuration, read, folder),
    });
  } catch (error) {
    output.release();
    throw error;
  }
}

async function embeddedDebuggee(
  configuration: LaunchConfiguration,
  output: SnapshotOutput,
  read: RememberingHost,
  { core, sources }: Resources,
): Promise<EmbeddedDebuggee> {
  const { unremembered: host } = read;
  const { snapshot, whatIf, oracle, interleaving, nsPerInstruction, timeTravel } = configuration;
  const inputs: InputFile[] = [];
  try {
    const disk = await openDisk(read, configuration.disk, inputs);
    const { machine, ...begun } = await beginning(configuration, read.host, core, disk);
    await addSymbols(machine.symbols, host, configuration.symbols, inputs);
    return new EmbeddedDebuggee({
      machine,
      inputs,
      ...begun,
      trigger: triggerOf(snapshot.when, machine.symbols),
      output,
      snapshot: snapshotOptions(snapshot),
      sources,
      host,
      whatIf,
      oracle,
      pace: configuration.pace,
      interleaving: { seed: interleaving.seed, quantumNs: interleaving.quantum * nsPerInstruction },
      checkpoints: timeTravel ? { byteCountMax: timeTravel.memoryByteCount } : undefined,
    });
  } catch (error) {
    for (const input of inputs) input.close();
    throw error;
  }
}

async function beginning(
  configuration: LaunchConfiguration,
  host: Host,
  core: WebAssembly.Module,
  disk: ImageFile | undefined,
): Promise<Pick<EmbeddedOptions, 'machine' | 'beginning' | 'greeting'>> {
  const { restore: path, nsPerInstruction } = configuration;
  if (path === undefined) return { machine: (await machineMaker(configuration, host, core, disk))() };
  const sha256 = () => host.sha256();
  const codeGeneration = codeGenerationOf(configuration);
  const incoming = await restore(core, host, { path, nsPerInstruction, codeGeneration, disk, sha256 });
  return { machine: incoming.machine, beginning: incoming, greeting: restoredText(path, incoming) };
}

function codeGenerationOf({ codeGeneration }: LaunchConfiguration): CodeGeneration {
  return codeGeneration ? 'hot' : 'off';
}

/** Reads the images once; each call makes the same machine anew. */
async function machineMaker(
  configuration: LaunchConfiguration,
  host: Host,
  core: WebAssembly.Module,
  disk: ImageFile | undefined,
): Promise<() => Machine> {
  const { program, bios, kernel, initrd, append, harts, ramByteCount, nsPerInstruction } = configuration;
  const images = await readImages(host, { program, bios, kernel, initrd });
  const flash = await readFlash(host, configuration.pflash);
  const virtio = virtioOptions(configuration.virtio, disk);
  const hasModernVirtio = configuration.virtioVersion === 2;
  const options = {
    hartCount: harts,
    ramByteCount,
    nsPerInstruction,
    codeGeneration: codeGenerationOf(configuration),
    append,
    virtio,
    hasModernVirtio,
    flash,
    ...images,
  };
  return () => createMachine(core, options);
}

/** The disk comes first, unless it is in the list. */
function virtioOptions(list: LaunchConfiguration['virtio'], disk: ImageFile | undefined): VirtioOptions[] {
  const devices = virtioDevices(list);
  const isListed = devices.some(({ kind }) => kind === 'block');
  const all = disk && !isListed ? [{ kind: 'block' as const }, ...devices] : devices;
  return all.flatMap(({ kind, slot }: (typeof devices)[number]): VirtioOptions[] => {
    if (kind === 'rng') return [{ kind, slot, seed: 1 }];
    if (kind === 'block') return disk ? [{ kind, slot, image: disk }] : [];
    return [{ kind, slot }];
  });
}

/**
 * Snapshots of a launch configuration's guest from the same instant, in every way there is.
 * @throws DebuggeeError that says what cannot be and what to do.
 */
export async function compareLaunched(
  configuration: LaunchConfiguration,
  host: Host,
  { core }: Resources,
): Promise<ComparisonRow[]> {
  if (configuration.qemu !== undefined) throw notHere();
  const { snapshot } = configuration;
  if (configuration.restore !== undefined || snapshot.when === 'command') {
    const advice = 'Give images instead of `restore`, and an instant in `snapshot.when`, such as { "ms": 20 }.';
    throw new DebuggeeError('nothing-to-compare', `A comparison starts the guest several times, by itself. ${advice}`);
  }
  const inputs: InputFile[] = [];
  try {
    const disk = await openDisk(new RememberingHost(host), configuration.disk, inputs);
    const createMachine = await machineMaker(configuration, host, core, disk);
    const { symbols } = createMachine();
    await addSymbols(symbols, host, configuration.symbols, inputs);
    const trigger = triggerOf(snapshot.when, symbols);
    const { capabilities: _selected, ...options } = snapshotOptions(snapshot);
    return await compare({ createMachine, trigger }, { snapshot: options, nextTurn: () => host.nextTurn() });
  } finally {
    for (const input of inputs) input.close();
  }
}

function snapshotOptions({
  capabilities,
  channel,
  failoverNic,
  maxBandwidth,
  downtimeLimitMs,
  throttleTriggerThreshold,
  cpuThrottleInitial,
  cpuThrottleIncrement,
  maxCpuThrottle,
}: LaunchConfiguration['snapshot']): Partial<SnapshotOptions> {
  const throttle = { throttleTriggerThreshold, cpuThrottleInitial, cpuThrottleIncrement, maxCpuThrottle };
  const unplugMs = failoverNic?.unplugMs;
  return {
    capabilities: new Set(capabilities),
    parameters: { ...throttle, maxBandwidth, downtimeLimitMs },
    ...(channel && { channel: channelOptions(channel) }),
    ...(unplugMs !== undefined && { unplugNs: unplugMs === 'never' ? Infinity : Math.round(unplugMs * 1e6) }),
  };
}

function channelOptions({
  bytesPerSecond = Infinity,
  stallAt = Infinity,
  stallMs = Infinity,
  failAt = Infinity,
}: NonNullable<LaunchConfiguration['snapshot']['channel']>): ChannelOptions {
  return { bytesPerSecond, stallAtByte: stallAt, stallNs: Math.round(stallMs * 1e6), closeAtByte: failAt };
}

type Images = { program?: Image; bios?: Image; kernel?: Image; initrd?: Image };

async function readImages(host: Host, paths: Readonly<Record<keyof Images, string | undefined>>): Promise<Images> {
  const images: Images = {};
  for (const kind of ['program', 'bios', 'kernel', 'initrd'] as const) {
    const path = paths[kind];
    if (path !== undefined) images[kind] = await readImageFile(host, kind, path);
  }
  return images;
}

async function readFlash(
  host: Host,
  paths: LaunchConfiguration['pflash'] = [],
): Promise<NonNullable<MachineOptions['flash']>> {
  const banks: (Image | undefined)[] = [];
  for (const path of paths) banks.push(path === null ? undefined : await readImageFile(host, 'pflash', path));
  return banks;
}

/** @param inputs gets the files, from which debug information is read when it is asked for */
async function addSymbols(
  symbols: SymbolTable,
  host: Host,
  paths: readonly string[],
  inputs: InputFile[],
): Promise<void> {
  const named: ImageFile[] = [];
  for (const path of paths) {
    const file = await orInWords('symbols', path, () => host.openInput(path));
    inputs.push(file);
    named.push({ ...file, path });
  }
  for (const image of readSymbolFiles(named)) symbols.add(image);
}

/** @param inputs gets its file, which is read as the guest goes on */
async function openDisk(
  read: RememberingHost,
  path: string | undefined,
  inputs: InputFile[],
): Promise<ImageFile | undefined> {
  if (path === undefined) return undefined;
  const file = await orInWords('disk', path, () => read.openToKeep(path));
  inputs.push(file);
  return diskImage(path, file);
}

/** They are read whole. */
const imageByteCountMax = 1024 * 2 ** 20;

async function readImageFile(host: Host, kind: keyof Images | 'pflash', path: string): Promise<Image> {
  return { path, bytes: await orInWords(kind, path, () => host.readFile(path, imageByteCountMax)) };
}

type FileKind = keyof Images | 'pflash' | 'disk' | 'symbols';

async function orInWords<T>(kind: FileKind, path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DebuggeeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const advice = `Check \`${kind}\` in the launch configuration.`;
    throw new DebuggeeError('image-not-readable', `${path} cannot be read: ${reason}. ${advice}`);
  }
}

function triggerOf(when: LaunchConfiguration['snapshot']['when'], symbols: SymbolTable): SnapshotTrigger {
  if (when === 'start' || when === 'command') return { kind: when };
  if ('instructions' in when) return { kind: 'instructions', count: when.instructions };
  if ('ms' in when) return { kind: 'time', ns: Math.round(when.ms * 1e6) };
  if ('console' in when) return { kind: 'console', text: when.console };
  const address = symbols.addressOf(when.symbol);
  if (address !== undefined) return { kind: 'symbol', address };
  const advice = 'Check the spelling, and that the ELF file is not stripped.';
  throw new DebuggeeError('no-symbol', `No image has the symbol "${when.symbol}" of \`snapshot.when\`. ${advice}`);
}
