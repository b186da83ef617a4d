import { z } from 'zod';
import { capabilityNames } from '../debuggee/migration-capabilities';
import { defaultParameters, parameterRanges, type RangedParameter } from '../debuggee/migration-parameters';
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
export const timeTravelMemory = '256M';
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

/** The attributes of a launch configuration, as a user writes them. */
export const declaration = z.strictObject({
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

export type Declared = z.output<typeof declaration>;
