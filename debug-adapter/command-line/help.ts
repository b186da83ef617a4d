import { launchFlags } from './launch-options';

export interface CommandHelp {
  /** Behind `freezeframe`. */
  readonly usage: string;
  /** One line. */
  readonly summary: string;
  readonly details: string;
  readonly options: readonly (readonly [flag: string, meaning: string])[];
  readonly examples: readonly string[];
}

/** How a guest goes on, on the command line. */
const goingOn = [
  ['--input FILE', "type this file at the guest's console, from the start; `-`: standard input"],
  ['--timeout TIME', 'give up after so much virtual time (500ms, 2s), with exit code 3'],
  ['--cont', 'resume a machine that was saved paused or suspended'],
] as const;

const json = ['--json', 'print JSON instead of text'] as const;

export const commandHelp = {
  run: {
    usage: 'run [WORKSPACE | LAUNCH.JSON] [CONFIGURATION] [--FIELD VALUE …] [--timeout TIME] [--input FILE] [--cont]',
    summary: 'run a guest through its snapshot and write the file',
    details:
      'Takes a configuration of a launch.json (of the workspace folder, or the file itself), the first of type\n' +
      '"freezeframe" unless named, or none at all. Prints each phase with its virtual time and page counts, and the lines of\n' +
      'the guest’s console in between; on a terminal, progress too. A terminal’s keys go to the guest; Ctrl-A X quits.\n' +
      'Every field of a launch configuration is a flag that sets it; a value that reads as JSON is that.\n' +
      'Exit code: 0 the snapshot is right, 1 it failed or is wrong, 2 it could not be begun, 3 timed out.',
    options: [...goingOn, ['--record FILE', 'at the end, write a recording of the run: see `replay`']],
    examples: [
      'run extension/sample',
      'run extension/sample "Sweep: every page of RAM, written in order" --ram 16M',
      'run extension/sample "Debian Linux" --timeout 60s',
      'run --program guest.elf --snapshot.when \'{"ms": 20}\' --snapshot.output guest.qemu',
      'run extension/sample "What if RAM is not populated before the freeze: new pages leak" --record leak.freezeframe',
    ],
  },
  replay: {
    usage: 'replay FILE',
    summary: 'make a recorded run again, and say whether it is the same',
    details:
      'Reads a recording, as `run --record` or "Freezeframe: Save Recording" writes it: the configuration, what came from\n' +
      'outside and when, and hashes of the state on the way. Images of more than 1 MiB are not in the file but beside it, and\n' +
      'known by SHA-256. Prints what the guest and the snapshot have to say; writes no snapshot.\n' +
      'Exit code: 0 it is the same run, with the same stop at its end, 1 it is not, 2 it cannot be made.',
    options: [],
    examples: ['freezeframe replay leak.freezeframe'],
  },
  inspect: {
    usage: 'inspect FILE [--json] [--device NAME]',
    summary: 'list what a migration stream holds',
    details:
      'Reads a stream of any QEMU since 6.0, of any machine: sections with offsets and sizes, RAM blocks and kinds of\n' +
      'pages (also compressed, XBZRLE, mapped-ram), and the fields of each device by the VMDESCRIPTION; behind the head of\n' +
      '`virsh save`, too. `-` is standard input. In JSON, integers of 64 bits and raw bytes are hexadecimal texts. A device\n' +
      'of unknown layout is passed over and named. Exit code: 0 whole, 1 not whole (what could be read is listed), 2 the file cannot be read.',
    options: [json, ['--device NAME', 'only the fields of the devices of this section name']],
    examples: [
      'inspect guest.qemu',
      'inspect guest.qemu --device serial',
      "inspect guest.qemu --json | jq '.blocks'",
      'gunzip -c guest.qemu.gz | freezeframe inspect -',
    ],
  },
  diff: {
    usage: 'diff FILE FILE [--json]',
    summary: 'say in which pages and device fields two snapshots differ',
    details:
      'Compares what the two streams restore: the order of pages, repeats and cuts into sections do not count.\n' +
      'Exit code: 0 the same, 1 different, 2 one of them cannot be read or is not whole.',
    options: [json],
    examples: [
      'diff before.qemu after.qemu',
      'diff before.qemu <(gunzip -c after.qemu.gz)',
      "diff a.qemu b.qemu --json | jq '.blocks[].runs'",
    ],
  },
  verify: {
    usage: 'verify FILE [--once] [--json]',
    summary: 'check that a snapshot is whole, and say what is missing',
    details:
      'Checks the structure, the footers, that each page is there, that the device sections are those that the\n' +
      'VMDESCRIPTION names, and the end. Exit code: 0 whole, 1 not whole, 2 the file cannot be read.',
    options: [json, ['--once', 'a page that was sent twice is wrong too, as in a write-tracking snapshot']],
    examples: [
      'verify --once guest.qemu',
      'verify guest.qemu && qemu-system-riscv64 … -incoming "exec:cat guest.qemu"',
    ],
  },
  compare: {
    usage: 'compare [WORKSPACE | LAUNCH.JSON] [CONFIGURATION] [--FIELD VALUE …] [--with-qemu] [--json]',
    summary: 'take one guest’s snapshot by write tracking and by dirty logging, and compare',
    details:
      'Starts the guest of a launch configuration (given as for `run`) anew for each way, takes the snapshot from the same\n' +
      'instant, `snapshot.when`, and keeps no file. Times are virtual. Exit code: 0 compared, 2 it could not be.',
    options: [
      [
        '--with-qemu',
        'add the same guest’s snapshot by a real `qemu-system-riscv64` (Linux only), and the pages that both wrote to',
      ],
      json,
    ],
    examples: [
      'compare extension/sample',
      'compare extension/sample --snapshot.maxBandwidth 33554432',
      'compare --program guest.elf --ram 16M --snapshot.when \'{"console": "ready"}\' --with-qemu',
      'compare --program guest.elf --snapshot.when \'{"ms": 20}\' --json',
    ],
  },
  qemu: {
    usage:
      'qemu [--output FILE] [--after TIME] [--hold PHASE,…] [--pages N] [--lift-protection] (--qmp SOCKET | -- QEMU ARGUMENT …)',
    summary: 'take a background snapshot of a real QEMU, held at each phase, and check it',
    details:
      'Starts QEMU with these arguments (and a QMP socket of its own) and lets the guest run, or joins one that runs; takes a\n' +
      'background snapshot of it.\n' +
      'QEMU is held behind each phase and each device’s stash; a row says whether the guest runs, whether QMP answers, how\n' +
      'many pages are protected and how many threads wait in a write fault. RAM is copied while QEMU is held at the arming,\n' +
      'and each page of the stream is compared with it. At the end a QEMU that was started is ended, one that was joined is\n' +
      'as it was. Killed at any instant, this command leaves a guest that runs. Needs Linux, QEMU 6.0 or newer (held at all\n' +
      'phases if it has the trace backend `log`), and the right to use userfaultfd.\n' +
      'Exit code: 0 the snapshot is right, 1 it failed or is wrong, 2 it could not be taken.',
    options: [
      ['--output FILE', 'keep the stream, and verify it'],
      [
        '--qmp SOCKET',
        'join the QEMU with this QMP socket (`-qmp unix:SOCKET,server=on,wait=off`), which nobody else uses',
      ],
      ['--after TIME', 'begin after this much wall time (500ms, 2s; 1s unless given)'],
      ['--hold PHASE,…', 'wait at these phases for Enter: setup, head, active, vm-stop, state-stash, wp-arm, …'],
      ['--pages N', 'let the first N pages go one by one, a row each'],
      ['--lift-protection', 'an experiment: lift it behind QEMU’s back then, and see which pages are wrong'],
    ],
    examples: [
      'qemu --output guest.qemu -- qemu-system-riscv64 -M virt -m 64M -bios guest.elf -display none',
      'qemu --qmp /run/guest.qmp --output guest.qemu',
      'qemu --pages 20 --hold wp-arm -- qemu-system-x86_64 -m 64M -display none',
    ],
  },
  repair: {
    usage: 'repair PID [--force]',
    summary: 'revive a guest that a failed background snapshot of a real QEMU has left dead',
    details:
      'Before QEMU 8.1 a snapshot that fails or is cancelled leaves RAM protected: a vCPU that writes to it sleeps for ever,\n' +
      'and QEMU may heed neither its monitor nor SIGTERM. Lifts the protection from outside, by QEMU’s own userfaultfd; the\n' +
      'guest goes on. Refuses in the midst of a snapshot. Needs Linux 5.6 or newer, and the right to trace the process.\n' +
      'Exit code: 0 repaired, 2 there was nothing to repair, or it could not be.',
    options: [['--force', 'although a snapshot seems to be under way: it is wrong then']],
    examples: ['repair 4711'],
  },
  restore: {
    usage: 'restore FILE [--cont] [--ms N] [--timeout TIME] [--input FILE] [--disk IMAGE]',
    summary: 'go on from a snapshot, with the guest’s console here',
    details:
      'Restores a machine from a stream of ours or of a real `qemu-system-riscv64 -M virt` and lets it run on. Its console\n' +
      'is our output; our input, a pipe or a terminal’s keys, is typed at it. On a terminal Ctrl-C goes to the guest, and\n' +
      'Ctrl-A X quits. What else is to be said goes to stderr. To take the next snapshot of a restored machine:\n' +
      '`freezeframe run --restore FILE`.\n' +
      'Exit code: 0 it went on until the time was over or the guest ended well, 1 the guest failed, 2 the file cannot be\n' +
      'restored, 3 timed out.',
    options: [
      ...goingOn,
      ['--ms N', 'stop after so many milliseconds of virtual time'],
      ['--disk IMAGE', "the guest's virtio disk, as it was at the snapshot"],
    ],
    examples: [
      'restore guest.qemu --ms 100',
      'restore linux.qemu',
      "echo 'uname -a' | freezeframe restore linux.qemu --ms 2000",
      'restore paused.qemu --cont --timeout 10s',
    ],
  },
} as const satisfies Readonly<Record<string, CommandHelp>>;

export type CommandName = keyof typeof commandHelp;

export function overview(): string {
  const commands = Object.entries(commandHelp).map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`);
  return [
    'Write-tracking VM snapshots: take them, look into them, compare and check them.',
    '',
    'Usage: freezeframe COMMAND …',
    '',
    ...commands,
    '',
    '`freezeframe COMMAND --help` says more, with examples.',
  ].join('\n');
}

export function helpText(name: CommandName): string {
  const { usage, summary, details, options, examples }: CommandHelp = commandHelp[name];
  const ofLaunch = name === 'run' || name === 'compare' ? launchFlags() : [];
  const flags = [...options, ...ofLaunch.map((flag) => [`--${flag.name}`, flag.description] as const)];
  return [
    `freezeframe ${name}: ${summary}`,
    '',
    `Usage: freezeframe ${usage}`,
    '',
    details,
    ...(flags.length > 0 ? ['', 'Options:', ...flags.map(([flag, meaning]) => `  ${flag.padEnd(32)} ${meaning}`)] : []),
    '',
    'Examples:',
    ...examples.map((example) => (example.includes('freezeframe') ? `  ${example}` : `  freezeframe ${example}`)),
  ].join('\n');
}
