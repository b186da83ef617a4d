import { DebuggeeError } from '../debuggee/debuggee';

/** What the monitor's commands act on. */
export interface Monitored {
  takeSnapshot(output?: string): void;
  savevm(output?: string): void;
  cancelSnapshot(): void;
  /** Commands `stop` and `cont`. */
  setRunning(isRunning: boolean): void;
  /** @throws DebuggeeError in QEMU's words */
  wakeUp(): void;
  /** @throws DebuggeeError in QEMU's words */
  setCapability(name: string | undefined, state: string | undefined): void;
  /** @throws DebuggeeError in QEMU's words */
  setParameter(name: string | undefined, value: string | undefined): void;
  /** @throws DebuggeeError in QEMU's words */
  setBalloon(mebibytes: string | undefined): void;
  info(what: InfoTopic): string;
}

const infoTopics = ['status', 'registers', 'balloon', 'migrate', 'migrate_capabilities', 'migrate_parameters'] as const;

export type InfoTopic = (typeof infoTopics)[number];

interface Command {
  /** As after `help`. */
  readonly usage: string;
  readonly purpose: string;
  readonly run: (vm: Monitored, args: readonly string[]) => string;
}

/** QEMU's human monitor, as far as it concerns a snapshot. */
const commands: Readonly<Record<string, Command>> = {
  migrate: {
    usage: 'migrate [FILE]',
    purpose: 'take a snapshot',
    run: (vm, [file]) => silently(() => vm.takeSnapshot(file)),
  },
  migrate_cancel: {
    usage: 'migrate_cancel',
    purpose: 'cancel the current snapshot',
    run: (vm) => silently(() => vm.cancelSnapshot()),
  },
  migrate_set_capability: {
    usage: 'migrate_set_capability NAME on|off',
    purpose: 'set how the next snapshot is taken',
    run: (vm, [name, state]) => silently(() => vm.setCapability(name, state)),
  },
  migrate_set_parameter: {
    usage: 'migrate_set_parameter NAME VALUE',
    purpose:
      'set a parameter of `info migrate_parameters`; `max-bandwidth` in MiB/s, or with B, K, M, G: a write-tracking snapshot heeds it only if set while it runs',
    run: (vm, [name, value]) => silently(() => vm.setParameter(name, value)),
  },
  savevm: {
    usage: 'savevm [FILE]',
    purpose: 'take a snapshot with the VM stopped',
    run: (vm, [file]) => silently(() => vm.savevm(file)),
  },
  stop: {
    usage: 'stop',
    purpose: 'pause the VM (the machine, not the debugger)',
    run: (vm) => silently(() => vm.setRunning(false)),
  },
  cont: {
    usage: 'cont',
    purpose: 'resume a paused VM',
    run: (vm) => silently(() => vm.setRunning(true)),
  },
  system_wakeup: {
    usage: 'system_wakeup',
    purpose: 'wake a suspended VM, which QEMU refuses on this board',
    run: (vm) => silently(() => vm.wakeUp()),
  },
  balloon: {
    usage: 'balloon MEBIBYTES',
    purpose: 'set how much RAM the guest keeps',
    run: (vm, [mebibytes]) => silently(() => vm.setBalloon(mebibytes)),
  },
  gdbserver: {
    usage: 'gdbserver [tcp::PORT|none]',
    purpose: 'listen for gdb on 127.0.0.1, port 1234 by default',
    // A session takes it for itself.
    run: () => refuse('`gdbserver` needs a debug session.'),
  },
  info: {
    usage: `info ${infoTopics.join('|')}`,
    purpose: 'show the state of the VM and the snapshot',
    run: (vm, [topic]) => vm.info(isTopic(topic) ? topic : refuse(`\`info\` of what? Of ${infoTopics.join(', ')}.`)),
  },
  help: {
    usage: 'help',
    purpose: 'this',
    run: () => Object.values(commands).map(helpLine).join(''),
  },
};

/** Carries out one line. @throws DebuggeeError that says what is wrong with it. */
export function runMonitorCommand(vm: Monitored, line: string): string {
  const [name = 'help', ...args] = line.split(/\s+/).filter((word) => word !== '');
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command)
    return refuse(`Unknown monitor command: \`${name}\`. The commands are ${Object.keys(commands).join(', ')}.`);
  return command.run(vm, args);
}

function isTopic(word: string | undefined): word is InfoTopic {
  return infoTopics.some((topic) => topic === word);
}

function helpLine({ usage, purpose }: Command): string {
  return `${usage}\n    ${purpose}\n`;
}

function silently(act: () => void): string {
  act();
  return '';
}

function refuse(message: string): never {
  throw new DebuggeeError('monitor-command', message);
}
