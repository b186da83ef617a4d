import type { MigrationParameters } from '../debuggee/migration-parameters';
import { type Declared, virtioDevices } from './declaration';

/** Keys that VS Code itself puts into a configuration. */
export const editorKeys =
  /^(type|request|name|__.*|\$.*|noDebug|preLaunchTask|postDebugTask|internalConsoleOptions|presentation|suppress.*|debugServer|token|port|linux|windows|osx)$/;

const pageByteCount = 4096;
const ramByteCountMin = 1 << 20;

/** What a session decides, whatever its guest. */
export const ofSession = [
  'recording',
  'pace',
  'codeGeneration',
  'timeTravel',
  'sourceMap',
  'refreshPerSecond',
  'gdb',
  'stopOnEntry',
  'console',
] as const;

/**
 * What a configuration says that does not go together, each thing in a sentence.
 *
 * @param value as it was given: what has been left out there has its default in `declared`
 */
export function contradictions(declared: Declared, ramByteCount: number, value: unknown): string[] {
  return [
    ...recordingProblems(declared, value),
    ...qemuProblems(declared, value),
    ...imageProblems(declared),
    ...restoreProblems(declared, value),
    ...virtioProblems(declared),
    ...ramProblems(ramByteCount, declared.ram),
    ...throttleProblems(declared.snapshot),
  ];
}

function recordingProblems({ recording }: { readonly recording?: string | undefined }, value: unknown): string[] {
  if (recording === undefined) return [];
  return Object.keys(value as object)
    .filter((key) => !editorKeys.test(key) && (key === 'timeTravel' || !ofSession.some((own) => own === key)))
    .map((key) => `Leave out \`${key}\`: with \`recording\`, the recording sets it.`);
}

function isOfQemu(key: string): boolean {
  const isOfSession = ofSession.some((own) => own === key && own !== 'recording' && own !== 'gdb');
  return key === 'qemu' || key === 'snapshot' || isOfSession;
}

/** What a real QEMU is not told here: its own arguments say it. */
function qemuProblems({ qemu, snapshot }: Pick<Declared, 'qemu' | 'snapshot'>, value: unknown): string[] {
  if (qemu === undefined) return [];
  const asked = value as { readonly snapshot?: object; readonly qemu?: object };
  const places = [
    ...Object.keys(asked).filter((key) => !editorKeys.test(key) && !isOfQemu(key)),
    ...Object.keys(asked.snapshot ?? {}).flatMap((key) => (['when', 'output'].includes(key) ? [] : `snapshot.${key}`)),
  ];
  const ofStart = qemu.qmp === undefined ? [] : Object.keys(asked.qemu!).filter((key) => key !== 'qmp');
  const problems = [
    ...places.map((key) => `Leave out \`${key}\`: with \`qemu\`, it has no meaning.`),
    ...ofStart.map((key) => `Leave out \`qemu.${key}\`: with \`qemu.qmp\`, QEMU runs already.`),
  ];
  const { when } = snapshot;
  if (typeof when === 'string' || 'ms' in when || 'console' in when) return problems;
  const choices = '"start", "command", { "ms": N } or { "console": "text" }';
  return [...problems, `\`snapshot.when\` is ${JSON.stringify(when)}; with \`qemu\`, expected ${choices}.`];
}

/** What a snapshot says already. */
export const ofRestored = [
  'program',
  'bios',
  'kernel',
  'initrd',
  'pflash',
  'append',
  'ram',
  'harts',
  'virtio',
  'virtioVersion',
] as const;

function restoreProblems({ restore }: { readonly restore?: string | undefined }, value: unknown): string[] {
  if (restore === undefined) return [];
  return ofRestored
    .filter((key) => Object.hasOwn(value as object, key))
    .map((key) => `Leave out \`${key}\`: with \`restore\`, the snapshot sets it.`);
}

function imageProblems({
  recording,
  qemu,
  restore,
  program,
  bios,
  kernel,
  initrd,
  append,
  pflash,
}: Pick<
  Declared,
  'recording' | 'qemu' | 'restore' | 'program' | 'bios' | 'kernel' | 'initrd' | 'append' | 'pflash'
>): string[] {
  if (recording !== undefined || qemu !== undefined || restore !== undefined) return [];
  if (program && bios) return ['`program` and `bios` exclude each other: give a bare-metal program or a firmware.'];
  if (!program && !bios && !pflash?.[0])
    return [
      '`program` is missing: give the path of a RISC-V ELF or flat image, `bios` or `pflash` for a firmware, or `restore` for a snapshot.',
    ];
  if (kernel && pflash) return ['`kernel` and `pflash` exclude each other: the firmware starts what is in flash.'];
  if (kernel && !bios) return ['`kernel` needs `bios`, the firmware that starts it.'];
  if (initrd && !kernel) return ['`initrd` needs `kernel`.'];
  if (append && !kernel) return ['`append` needs `kernel`.'];
  return [];
}

function virtioProblems({ virtio, disk }: Pick<Declared, 'virtio' | 'disk'>): string[] {
  if (disk !== undefined || !virtioDevices(virtio).some(({ kind }) => kind === 'block')) return [];
  return ['The block device of `virtio` needs `disk`, its image.'];
}

function ramProblems(byteCount: number, given: string | number): string[] {
  if (byteCount < ramByteCountMin) return [`\`ram\` is ${JSON.stringify(given)}; the minimum is "1M".`];
  if (byteCount % pageByteCount !== 0) return [`\`ram\` is ${JSON.stringify(given)}, not a multiple of 4 KiB.`];
  return [];
}

function throttleProblems({
  cpuThrottleInitial,
  maxCpuThrottle,
}: Pick<MigrationParameters, 'cpuThrottleInitial' | 'maxCpuThrottle'>): string[] {
  if (maxCpuThrottle >= cpuThrottleInitial) return [];
  return [
    `\`snapshot.maxCpuThrottle\` is ${maxCpuThrottle}, less than \`snapshot.cpuThrottleInitial\`, ${cpuThrottleInitial}.`,
  ];
}
