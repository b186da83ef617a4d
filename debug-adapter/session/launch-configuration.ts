import { z } from 'zod';
import { DebuggeeError } from '../debuggee/debuggee';
import { capabilityNames } from '../debuggee/migration-capabilities';
import {
  defaultParameters,
  type MigrationParameters,
  parameterRanges,
  type RangedParameter,
} from '../debuggee/migration-parameters';
import { whatIf } from './what-if';

const path = z.string().min(1, { error: 'expected the path of a file' });
const count = z.int({ error: 'expected a whole number' }).nonnegative({ error: 'expected zero or more' });

const sizeExpected = { error: 'expected a number of bytes, or one with K, M or G such as "64M"' };
const byteCount = z.union(
  [z.string().regex(/^\d+[KMG]?$/, sizeExpected), z.int(sizeExpected).positive(sizeExpected)],
  sizeExpected,
);

function parameter(key: RangedParameter) {
  const { min, max } = parameterRanges[key];
  const error = `expected a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error }).default(defaultParameters[key]);
}

/** About how much the states of a run's past take, unless told otherwise. */
const timeTravelMemory = '256M';
const hartsExpected = 'expected a number from 1 to 8';

const when = {
  start: z.literal('start').describe('Before the first instruction.'),
  command: z.literal('command').describe('When the command "Freezeframe: Take Snapshot" is given.'),
  instructions: z.strictObject({ instructions: count.describe('Once this many instructions have retired.') }),
  ms: z.strictObject({ ms: z.number().nonnegative().describe('After this many milliseconds of virtual time.') }),
  symbol: z.strictObject({ symbol: z.string().min(1).describe('When a hart first reaches this symbol.') }),
  console: z.strictObject({ console: z.string().min(1).describe('Once the guest has printed this text.') }),
};

const streamOffset = count.describe('Byte offset in the stream.');
const channel = z.strictObject({
  bytesPerSecond: z
    .number({ error: 'expected a number of bytes' })
    .positive({ error: 'expected more than zero' })
    .optional()
    .describe(
      'Throughput of the reader, in bytes per second of virtual time. The writer blocks while the 64 KiB pipe is full.',
    ),
  stallAt: streamOffset.optional().describe('Byte offset at which the reader stalls.'),
  stallMs: z
    .number({ error: 'expected milliseconds of virtual time' })
    .nonnegative({ error: 'expected zero or more' })
    .optional()
    .describe('How long it stalls, in milliseconds of virtual time. Without it, it never resumes.'),
  failAt: streamOffset.optional().describe('Byte offset at which the reader disconnects.'),
});

const whenChoices =
  'expected "start", "command", { "instructions": N }, { "ms": N }, { "symbol": "main" } or { "console": "text" }';

const virtioKinds = ['rng', 'console', 'net', 'balloon'] as const;
const virtioExpected = {
  error: 'expected a list of "rng", "console", "net", "balloon", or of objects such as { "kind": "rng", "slot": 0 }',
};
const slotExpected = { error: 'expected a slot from 0 to 7' };
const virtioDevice = z.union(
  [
    z.enum(virtioKinds),
    z.strictObject({
      kind: z.enum([...virtioKinds, 'block']).describe('`block` is the device of `disk`.'),
      slot: z.int(slotExpected).min(0, slotExpected).max(7, slotExpected).optional().describe('0 to 7.'),
    }),
  ],
  virtioExpected,
);

/** A device of `virtio`, with the slot that it asks for. */
type VirtioDevice = Exclude<z.output<typeof virtioDevice>, string>;

export function virtioDevices(list: readonly z.output<typeof virtioDevice>[]): VirtioDevice[] {
  return list.map((device) => (typeof device === 'string' ? { kind: device } : device));
}

function hasNoneTwice(key: (device: VirtioDevice) => unknown): (list: z.output<typeof virtioDevice>[]) => boolean {
  return (list) => {
    const keys = virtioDevices(list).flatMap((device) => key(device) ?? []);
    return new Set(keys).size === keys.length;
  };
}

const flashExpected = { error: 'expected a list of one or two files, or null in place of one' };

const gdbExpected = { error: 'expected "tcp::PORT" such as "tcp::1234"' };

const declaration = z.strictObject({
  recording: path
    .optional()
    .describe(
      'A recording to open, as saved by "Freezeframe: Save Recording" or `freezeframe run --record`. It sets the guest and the snapshot; no snapshot is written.',
    ),
  qemu: z
    .strictObject({
      binary: path
        .default('qemu-system-riscv64')
        .describe('QEMU: a name that is looked up on the PATH, or a path. 6.0 or newer, of any machine.'),
      args: z
        .array(z.string(), { error: 'expected a list of arguments' })
        .default([])
        .describe('Its arguments, such as `["-M", "virt", "-m", "64M", "-bios", "guest.elf", "-display", "none"]`.'),
      qmp: path
        .optional()
        .describe(
          'The QMP socket of one that runs, which nobody else uses (`-qmp unix:PATH,server=on,wait=off`): it is joined instead of started, and goes on at the end.',
        ),
    })
    .optional()
    .describe(
      'A real QEMU to start or to join, instead of the guest here: its own background snapshot is held at its phases, pages and write faults. Linux only.',
    ),
  program: path.optional().describe('Bare-metal guest, ELF64 for RISC-V or a flat image, run in M-mode.'),
  bios: path.optional().describe('Firmware, such as OpenSBI: ELF64 or a flat image. Instead of `program`.'),
  kernel: path.optional().describe('What the firmware starts, such as U-Boot: ELF64 or a flat image. Needs `bios`.'),
  initrd: path.optional().describe('Initial RAM disk for the kernel: a cpio archive, packed or not. Needs `kernel`.'),
  restore: path
    .optional()
    .describe(
      "A snapshot, of Freezeframe's or of a real QEMU's `virt` machine, to go on from. Instead of `program` and `bios`; RAM and harts are as in the snapshot.",
    ),
  symbols: z
    .array(path, { error: 'expected a list of files' })
    .default([])
    .describe(
      'Symbols for code whose image has none, by virtual address: ELF files, such as the `vmlinux` of a kernel booted from its `Image` (with `nokaslr`), or `nm` output (`System.map`). For a kernel module (`.ko`), add what the guest prints of `/proc/kallsyms` once it is loaded. Only symbols and debug information are read.',
    ),
  sourceMap: z
    .record(path, path, { error: 'expected an object such as { "/build/linux": "${workspaceFolder}/linux" }' })
    .default({})
    .describe(
      'Maps folders of the build, as debug information names them, to where the sources are: `{ "/build/linux": "${workspaceFolder}/linux" }`. A folder without a slash at its start matches wherever it is. The longest match wins.',
    ),
  disk: path
    .optional()
    .describe('Raw image of a virtio block device. Guest writes stay in memory; the file never changes.'),
  virtio: z
    .array(virtioDevice, virtioExpected)
    .refine(
      hasNoneTwice(({ kind }) => kind),
      { error: 'expected each kind of device at most once' },
    )
    .refine(
      hasNoneTwice(({ slot }) => slot),
      { error: 'expected at most one device per slot' },
    )
    .default([])
    .describe(
      'More virtio devices: an entropy source, a console, a network card with a peer that answers pings, a balloon. Each takes the last free slot, or the one it names: `{ "kind": "rng", "slot": 0 }`. `{ "kind": "block", "slot": 0 }` places the disk.',
    ),
  virtioVersion: z
    .union([z.literal(1), z.literal(2)], { error: 'expected 1 or 2' })
    .default(1)
    .describe(
      "virtio-mmio interface: 1, legacy, QEMU's default; 2, modern (QEMU's `-global virtio-mmio.force-legacy=false`).",
    ),
  pflash: z
    .array(z.union([path, z.null()]), flashExpected)
    .min(1, flashExpected)
    .max(2, flashExpected)
    .optional()
    .describe(
      "Images of the two flash banks, 32 MiB each (QEMU's `-drive if=pflash`); `null`: empty. Without `program` and `bios`, harts start in the first; `bios` starts what is there. Writes stay in memory.",
    ),
  append: z
    .string({ error: 'expected the command line as one string' })
    .default('')
    .describe("The kernel's command line, such as `console=ttyS0`. Needs `kernel`."),
  ram: byteCount.default('64M').describe('Guest RAM: bytes, or a number with K, M or G; a multiple of 4 KiB.'),
  harts: z
    .int({ error: hartsExpected })
    .min(1, { error: hartsExpected })
    .max(8, { error: hartsExpected })
    .default(1)
    .describe('Number of harts, 1 to 8. All start at the first instruction.'),
  interleaving: z
    .strictObject({
      seed: count.default(0).describe('Picks the order in which the harts take turns.'),
      quantum: z
        .int({ error: 'expected a whole number' })
        .min(1, { error: 'expected 1 or more' })
        .max(1_000_000, { error: 'expected 1000000 or less' })
        .default(1000)
        .describe(
          'Mean number of instructions a hart runs before the next one: fewer find more races, more run faster.',
        ),
    })
    .prefault({})
    .describe('How several harts take turns. The same values give the same run, bit for bit.'),
  nsPerInstruction: z
    .int({ error: 'expected a whole number' })
    .min(1, { error: 'expected 1 or more' })
    .max(1000, { error: 'expected 1000 or less' })
    .default(10)
    .describe('Virtual time per instruction, in nanoseconds.'),
  snapshot: z
    .strictObject({
      when: z
        .union(Object.values(when), { error: whenChoices })
        .default('command')
        .describe('When the snapshot begins.'),
      output: path.default('snapshot.qemu').describe('File to write the snapshot to.'),
      capabilities: z
        .array(z.enum(capabilityNames, { error: `expected one of ${capabilityNames.join(', ')}` }))
        .default(['background-snapshot'])
        .describe(
          "Migration capabilities to enable, by QEMU's names. `background-snapshot` (`track-writes-ram` in the first patch series) takes a write-tracking snapshot; without either, RAM is sent with dirty logging, as in a migration (`auto-converge` throttles a guest that dirties RAM too fast). `events` shows QMP events in the debug console.",
        ),
      channel: channel.optional().describe('The reader of the stream. Without it, one that always keeps up.'),
      maxBandwidth: byteCount
        .default('128M')
        .describe(
          'Bandwidth limit in bytes per second (`max-bandwidth`): bytes, or a number with K, M or G. A write-tracking snapshot ignores a limit set before it began; set it while one runs with `monitor migrate_set_parameter max-bandwidth`.',
        ),
      downtimeLimitMs: parameter('downtimeLimitMs').describe(
        'Longest downtime at the end of a snapshot without write tracking, in milliseconds (`downtime-limit`).',
      ),
      throttleTriggerThreshold: parameter('throttleTriggerThreshold').describe(
        'With `auto-converge`: throttle a guest that dirties more than this percentage of what is sent (`throttle-trigger-threshold`).',
      ),
      cpuThrottleInitial: parameter('cpuThrottleInitial').describe(
        'Initial CPU throttle, percent (`cpu-throttle-initial`).',
      ),
      cpuThrottleIncrement: parameter('cpuThrottleIncrement').describe(
        'CPU throttle increment while the guest still writes too fast, percent (`cpu-throttle-increment`).',
      ),
      maxCpuThrottle: parameter('maxCpuThrottle').describe('Maximum CPU throttle, percent (`max-cpu-throttle`).'),
      failoverNic: z
        .strictObject({
          unplugMs: z
            .union([z.literal('never'), z.number().nonnegative()], {
              error: 'expected milliseconds of virtual time, or "never"',
            })
            .describe('How long the guest takes to unplug it, in milliseconds of virtual time, or "never".'),
        })
        .optional()
        .describe('A passed-through network card, which the guest must unplug before the snapshot (wait-unplug).'),
    })
    .prefault({})
    .describe('The write-tracking snapshot.'),
  whatIf: whatIf
    .prefault({})
    .describe('Known faults of write-tracking snapshots, to put back one by one; see the README.'),
  oracle: z.boolean().default(true).describe('Check each page against RAM at the freeze as the snapshot is written.'),
  pace: z
    .boolean()
    .default(true)
    .describe(
      "While the guest only waits for a timer, keep virtual time from outrunning real time (QEMU's `-icount sleep=on`). The run is the same either way.",
    ),
  codeGeneration: z
    .boolean()
    .default(true)
    .describe(
      "Turn the guest's code that runs often into WebAssembly, as QEMU's TCG turns it into the host's code. The run is the same either way.",
    ),
  timeTravel: z
    .union(
      [
        z.boolean(),
        z.strictObject({
          memory: byteCount
            .default(timeTravelMemory)
            .describe('About how much memory the states of the past take: bytes, or a number with K, M or G.'),
        }),
      ],
      { error: 'expected true, false, or { "memory": "256M" }' },
    )
    .default(true)
    .describe('Lets you go back, to any instant of the run. States of its past are kept for that, in memory.'),
  refreshPerSecond: z
    .number({ error: 'expected a number' })
    .min(0, { error: 'expected 0 to 10' })
    .max(10, { error: 'expected 0 to 10' })
    .default(0)
    .describe('How many times a second watches and memory views refresh while the guest runs; 0: only when it stops.'),
  gdb: z
    .string(gdbExpected)
    .regex(/^tcp:(127\.0\.0\.1|localhost)?:\d{1,5}$/, gdbExpected)
    .optional()
    .describe("Listen for gdb on this port of 127.0.0.1, such as `tcp::1234` (QEMU's `-gdb`)."),
  stopOnEntry: z.boolean().default(false).describe('Stop before the first instruction.'),
  console: z
    .enum(['terminal', 'debugConsole'], { error: 'expected "terminal" or "debugConsole"' })
    .default('terminal')
    .describe('Where to show the console of the guest (UART).'),
});

/** What a launch request has said, checked, sizes in bytes. */
export type LaunchConfiguration = Omit<z.output<typeof declaration>, 'ram' | 'snapshot' | 'timeTravel'> & {
  readonly ramByteCount: number;
  readonly timeTravel: false | { readonly memoryByteCount: number };
  readonly snapshot: SnapshotConfiguration;
};

type SnapshotConfiguration = Omit<z.output<typeof declaration>['snapshot'], 'maxBandwidth'> & {
  /** Bytes per second. */
  readonly maxBandwidth: number;
};

/** Keys that VS Code itself puts into a configuration. */
const editorKeys =
  /^(type|request|name|__.*|\$.*|noDebug|preLaunchTask|postDebugTask|internalConsoleOptions|presentation|suppress.*|debugServer|token|port|linux|windows|osx)$/;

/** @throws DebuggeeError that explains each field that is wrong: what was found, what is expected. */
export function parseLaunchConfiguration(value: unknown): LaunchConfiguration {
  const given = Object.entries(value ?? {}).filter(([key]) => !editorKeys.test(key));
  const parsed = declaration.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw invalid(parsed.error.issues.flatMap((issue) => explain(issue, value)));
  const { ram, ...rest } = parsed.data;
  const ramByteCount = parseByteCount(ram);
  const problems = [
    ...recordingProblems(rest, value),
    ...qemuProblems(rest, value),
    ...imageProblems(rest),
    ...restoreProblems(rest, value),
    ...virtioProblems(rest),
    ...ramProblems(ramByteCount, ram),
    ...throttleProblems(rest.snapshot),
  ];
  if (problems.length > 0) throw invalid(problems);
  const snapshot = { ...rest.snapshot, maxBandwidth: parseByteCount(rest.snapshot.maxBandwidth) };
  return { ...rest, ramByteCount, snapshot, timeTravel: timeTravelOf(rest.timeTravel) };
}

function timeTravelOf(given: z.output<typeof declaration>['timeTravel']): LaunchConfiguration['timeTravel'] {
  if (given === false) return false;
  return { memoryByteCount: parseByteCount(given === true ? timeTravelMemory : given.memory) };
}

/** What a session decides, whatever its guest. */
const ofSession = [
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
 * What a run depends on, as a launch configuration.
 *
 * @param nameOf what a file is called there
 */
export function runConfiguration(
  configuration: LaunchConfiguration,
  nameOf: (path: string) => string,
): Readonly<Record<string, unknown>> {
  const { ramByteCount, snapshot, ...rest } = configuration;
  const { output: _output, ...taken } = snapshot;
  const all: Record<string, unknown> = { ...rest, ram: ramByteCount, snapshot: taken };
  for (const key of ofSession) delete all[key];
  if (configuration.restore !== undefined) for (const key of ofRestored) delete all[key];
  for (const key of fileKeys) {
    const paths = configuration[key];
    if (paths === undefined) continue;
    const named = [paths].flat().map((path) => (path === null ? null : nameOf(path)));
    all[key] = Array.isArray(paths) ? named : named[0];
  }
  return all;
}

const fileKeys = ['program', 'bios', 'kernel', 'initrd', 'disk', 'restore', 'symbols', 'pflash'] as const;

/** Every file that a session reads, but for a recording. */
export function inputPaths(configuration: LaunchConfiguration): string[] {
  return fileKeys.flatMap((key) => configuration[key] ?? []).filter((path) => path !== null);
}

/** JSON schema of the configuration's attributes, for the manifest. */
export function launchConfigurationSchema(): { required?: string[]; properties: Record<string, unknown> } {
  const { properties } = z.toJSONSchema(declaration, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  return { properties: properties as Record<string, unknown> };
}

/** The same of a configuration that attaches. */
export function attachConfigurationSchema(): Record<string, unknown> {
  type Node = { readonly properties: Record<string, unknown> };
  const { qemu, snapshot } = launchConfigurationSchema().properties as Record<string, Node>;
  const { when, output } = snapshot!.properties;
  return {
    oneOf: [{ required: ['port', 'token'] }, { required: ['qemu'] }],
    properties: {
      port: { type: 'number', description: 'Port of `debug-adapter.js --server=PORT` on 127.0.0.1.' },
      token: { type: 'string', description: 'Its token, given as `--token=TOKEN` or printed at start.' },
      qemu,
      snapshot: { ...snapshot, properties: { when, output } },
    },
  };
}

const pageByteCount = 4096;
const ramByteCountMin = 1 << 20;

function parseByteCount(text: string | number): number {
  if (typeof text === 'number') return text;
  const scale = { K: 1 << 10, M: 1 << 20, G: 1 << 30 }[text.slice(-1)] ?? 1;
  return Number.parseInt(text, 10) * scale;
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
function qemuProblems(
  { qemu, snapshot }: Pick<z.output<typeof declaration>, 'qemu' | 'snapshot'>,
  value: unknown,
): string[] {
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
const ofRestored = [
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
  z.output<typeof declaration>,
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

function virtioProblems({ virtio, disk }: Pick<z.output<typeof declaration>, 'virtio' | 'disk'>): string[] {
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

function invalid(problems: readonly string[]): DebuggeeError {
  const list = problems.length === 1 ? problems[0] : problems.map((problem) => `\n• ${problem}`).join('');
  return new DebuggeeError('invalid-configuration', `Invalid launch configuration: ${list}`);
}

function explain(issue: z.core.$ZodIssue, value: unknown): string[] {
  const place = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = nearest(key, knownKeys(place));
      return `\`${[...place, key].join('.')}\` is not known${known ? `; did you mean \`${[...place, known].join('.')}\`?` : '.'}`;
    });
  }
  const found = place.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
  return [`\`${place.join('.')}\` is ${JSON.stringify(found)}; ${issue.message}.`];
}

/** Keys of the object at `place`. */
function knownKeys(place: readonly string[]): string[] {
  type Node = { properties?: Record<string, Node> };
  const node = place.reduce<Node | undefined>(
    (inner, key) => inner?.properties?.[key],
    launchConfigurationSchema() as Node,
  );
  return Object.keys(node?.properties ?? {});
}

/** The known key that differs in the fewest letters, if that is few enough to be a slip. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const ranked = known.map((candidate) => ({
    candidate,
    distance: editDistance(key.toLowerCase(), candidate.toLowerCase()),
  }));
  ranked.sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, key.length / 2) ? best.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
