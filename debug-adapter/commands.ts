import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { faultNotes, showComparison } from './command-line/compare';
import { diff } from './command-line/diff';
import { CommandError, type Environment, type ExitCode, exitCode, type OpenFile } from './command-line/environment';
import { type CommandName, commandHelp, helpText, overview } from './command-line/help';
import { inspect } from './command-line/inspect';
import { configurationIn } from './command-line/launch-json';
import { asCommandError, launchFlags, withFlags } from './command-line/launch-options';
import { replay } from './command-line/replay';
import { runOn } from './command-line/restore';
import { type RunOptions, run } from './command-line/run';
import { verify } from './command-line/verify';
import { instantText, timeNs, timeoutNs } from './command-line/virtual-time';
import { type LaunchConfiguration, parseLaunchConfiguration } from './configuration/launch-configuration';
import { nearest } from './configuration/nearest';
import type { Debuggee, History } from './debuggee/debuggee';
import { nowhere } from './debuggee/nowhere';
import { type Phase, phases } from './debuggee/phase';
import { compareLaunched, launch } from './launch';
import { nodeHost, readResources } from './node/host';
import { openFileOrPipe } from './node/input-files';
import { workspaceAt } from './node/workspace';

/** Performs the command that the arguments of `freezeframe` give; what goes wrong is noted. @returns how the process ends */
export async function perform(args: readonly string[], environment: Environment): Promise<ExitCode> {
  try {
    return await performCommand(args, environment);
  } catch (error) {
    const expected = asCommandError(error);
    const text =
      expected instanceof CommandError
        ? expected.message
        : `Internal error, please report it: ${(error as Error).stack ?? String(error)}`;
    environment.note(`freezeframe: ${text}`);
    return exitCode.error;
  }
}

async function performCommand(args: readonly string[], environment: Environment): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    environment.say(overview());
    return name === undefined ? exitCode.error : exitCode.good;
  }
  if (!isCommand(name)) {
    throw new CommandError(`Unknown command: \`${name}\`. The commands are ${Object.keys(commands).join(', ')}.`);
  }
  const { positionals, values } = parse(name, rest);
  if (values.help) {
    environment.say(helpText(name));
    return exitCode.good;
  }
  const [min, max] = commands[name].positionals;
  if (positionals.length < min || positionals.length > max) {
    throw new CommandError(`Usage: freezeframe ${commandHelp[name].usage}\nSee \`freezeframe ${name} --help\`.`);
  }
  return commands[name].perform(environment, positionals, values);
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

interface Command {
  readonly flags: readonly string[];
  readonly switches: readonly string[];
  readonly positionals: readonly [min: number, max: number];
  perform(environment: Environment, positionals: readonly string[], values: Values): ExitCode | Promise<ExitCode>;
}

const commands: Readonly<Record<CommandName, Command>> = {
  run: {
    flags: [...launchFlags().map(({ name }) => name), 'input', 'timeout', 'record'],
    switches: ['cont'],
    positionals: [0, 2],
    perform: (environment, [workspace, name], { cont, input, timeout, record: path, ...flags }) =>
      runGuest(environment, workspace, name, flags, {
        ...goingOn({ cont, input, timeout }),
        record: path as string | undefined,
      }),
  },
  replay: {
    flags: [],
    switches: [],
    positionals: [1, 1],
    perform: (environment, [file]) => replayRun(environment, file!),
  },
  inspect: {
    flags: ['device'],
    switches: ['json'],
    positionals: [1, 1],
    perform: (environment, [file], { json, device }) =>
      inspect(environment, file!, { json: json === true, device: device as string | undefined }),
  },
  diff: {
    flags: [],
    switches: ['json'],
    positionals: [2, 2],
    perform: (environment, [a, b], { json }) => {
      if (a === '-' && b === '-')
        throw new CommandError('Standard input can be read once: name a file for one of the two.');
      return diff(environment, a!, b!, { json: json === true });
    },
  },
  verify: {
    flags: [],
    switches: ['json', 'once'],
    positionals: [1, 1],
    perform: (environment, [file], { json, once }) =>
      verify(environment, file!, { json: json === true, once: once === true }),
  },
  compare: {
    flags: launchFlags().map(({ name }) => name),
    switches: ['json', 'with-qemu'],
    positionals: [0, 2],
    perform: (environment, [workspace, name], { json, 'with-qemu': withQemu, ...flags }) =>
      compareGuest(environment, workspace, name, flags, { isJson: json === true, withQemu: withQemu === true }),
  },
  qemu: {
    flags: ['qmp', 'output', 'after', 'hold', 'pages'],
    switches: ['lift-protection'],
    positionals: [0, Number.POSITIVE_INFINITY],
    perform: (environment, command, { qmp, output, after, hold, pages, ...switches }) =>
      realQemu.hold().holdQemu(environment, nodeHost, {
        command,
        qmp: qmp as string | undefined,
        output: output as string | undefined,
        afterMs: (timeNs('--after', after as string | undefined) ?? 1e9) / 1e6,
        holdAt: phasesIn(hold as string | undefined),
        pageCount: countIn('--pages', pages as string | undefined),
        liftsProtection: switches['lift-protection'] === true,
      }),
  },
  repair: {
    flags: [],
    switches: ['force'],
    positionals: [1, 1],
    perform: (environment, [pid], { force }) =>
      realQemu.repair().repair(environment, countIn('PID', pid as string | undefined), force === true),
  },
  restore: {
    flags: ['ms', 'disk', 'input', 'timeout'],
    switches: ['cont'],
    positionals: [1, 1],
    perform: (environment, [file], { ms, disk, ...values }) =>
      restoreGuest(environment, file!, ms as string | undefined, disk as string | undefined, goingOn(values)),
  },
};

/** Loaded only when they are asked for: they need Linux. */
const realQemu = {
  compare: () => require('./qemu/commands/compare-with-qemu') as typeof import('./qemu/commands/compare-with-qemu'),
  hold: () => require('./qemu/commands/hold-qemu') as typeof import('./qemu/commands/hold-qemu'),
  repair: () => require('./qemu/commands/repair-guest') as typeof import('./qemu/commands/repair-guest'),
};

function phasesIn(text: string | undefined): readonly Phase[] {
  return (text?.split(',') ?? []).map((name) => {
    const phase = phases.find(({ id }) => id === name);
    if (!phase)
      throw new CommandError(`--hold: there is no phase ${name}. Phases: ${phases.map(({ id }) => id).join(', ')}.`);
    return phase.id;
  });
}

function countIn(what: string, text = '0'): number {
  if (!/^\d+$/.test(text)) throw new CommandError(`${what}: ${text} is not a whole number.`);
  return Number(text);
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

function parse(name: CommandName, args: readonly string[]): { positionals: string[]; values: Values } {
  const { flags, switches } = commands[name];
  const options = Object.fromEntries([
    ...flags.map((flag) => [flag, { type: 'string' as const }]),
    ...[...switches, 'help'].map((flag) => [flag, { type: 'boolean' as const }]),
  ]);
  try {
    const parsed = parseArgs({
      args: args.map((arg) => (arg === '-h' ? '--help' : arg)),
      options,
      allowPositionals: true,
    });
    return { positionals: parsed.positionals, values: parsed.values as Values };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const [, unknown] = /^Unknown option '-+([^']*)'/.exec(reason) ?? [];
    const said = unknown === undefined ? reason : unknownFlag(unknown, Object.keys(options));
    throw new CommandError(`${said}\nSee \`freezeframe ${name} --help\`.`);
  }
}

/** Of `snapshot.output`, say, people know the last word. */
function unknownFlag(flag: string, known: readonly string[]): string {
  const likely = known.find((name) => name.endsWith(`.${flag}`)) ?? nearest(flag, known);
  return `There is no flag --${flag}${likely ? `; did you mean --${likely}?` : '.'}`;
}

/** The configuration that the arguments of `run` and `compare` give. */
function configurationOf(workspace: string | undefined, name: string | undefined, flags: Values): object {
  const base = workspace === undefined ? {} : readConfiguration(workspace, name);
  return withFlags(base, flags as Record<string, string>);
}

async function compareGuest(
  environment: Environment,
  workspace: string | undefined,
  name: string | undefined,
  flags: Values,
  { isJson, withQemu }: { readonly isJson: boolean; readonly withQemu: boolean },
): Promise<ExitCode> {
  const configuration = parseLaunchConfiguration(configurationOf(workspace, name, flags));
  const real = withQemu ? realQemu.compare().realGuest(configuration) : undefined;
  const rows = await compareLaunched(configuration, nodeHost, readResources());
  if (!real) return showComparison(environment, rows, isJson);
  const { way, waits } = await realQemu.compare().snapshotsOfQemu(real, nodeHost);
  const notes = faultNotes(rows[0]!.faultPages, way.faultPages, waits);
  return showComparison(environment, [...rows, way], isJson, notes);
}

type GoingOn = Pick<RunOptions, 'cont' | 'input' | 'timeoutNs'>;

/** How a guest is let go on, as `run` and `restore` are told. */
function goingOn({ cont, input, timeout }: Values): GoingOn {
  return {
    cont: cont === true,
    input: input as string | undefined,
    timeoutNs: timeoutNs(timeout as string | undefined),
  };
}

async function runGuest(
  environment: Environment,
  workspace: string | undefined,
  name: string | undefined,
  flags: Values,
  { record: path, ...options }: GoingOn & { readonly record: string | undefined },
): Promise<ExitCode> {
  const configuration = { pace: false, ...configurationOf(workspace, name, flags) };
  const parsed = parseLaunchConfiguration(configuration);
  const { program, bios, pflash, restore, snapshot, recording } = parsed;
  if (recording !== undefined) return replayRun(environment, recording);
  if (snapshot.when === 'command') {
    const advice = 'Give an instant, such as --snapshot.when \'{"ms": 20}\'.';
    throw new CommandError(`\`snapshot.when\` is "command", and \`run\` takes none. ${advice}`);
  }
  if (path !== undefined && !parsed.timeTravel)
    throw new CommandError('`--record` makes the run again: leave out `--timeTravel false`.');
  const title = basename(program ?? bios ?? pflash?.[0] ?? restore ?? 'no image');
  const beginning = instantText(snapshot.when);
  return withDebuggee(environment, parsed, (debuggee) => {
    const atEnd = path === undefined ? undefined : () => record(environment, debuggee.history!, path);
    return run(environment, debuggee, { title, beginning, ...options, atEnd });
  });
}

/** A recording of the run so far. @throws CommandError when it cannot be written */
async function record(environment: Environment, history: History, path: string): Promise<void> {
  const text = await history.record(dirname(resolve(path)));
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new CommandError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`);
  }
  environment.note(`Recorded: \`freezeframe replay ${path}\` makes the same run again.`);
}

function replayRun(environment: Environment, recording: string): Promise<ExitCode> {
  const configuration = parseLaunchConfiguration({ pace: false, recording });
  return withDebuggee(environment, configuration, (debuggee) => replay(environment, debuggee));
}

function restoreGuest(
  environment: Environment,
  file: string,
  ms: string | undefined,
  disk: string | undefined,
  options: GoingOn,
): Promise<ExitCode> {
  if (ms !== undefined && !(Number(ms) >= 0)) throw new CommandError(`--ms ${ms} is not a number of milliseconds.`);
  if (file === '-' && options.input === '-') {
    throw new CommandError('Standard input can be read once: name a file for the snapshot, or for --input.');
  }
  // The guest stops where a snapshot would begin.
  const snapshot = ms === undefined ? {} : { snapshot: { when: { ms: Number(ms) } } };
  const configuration = { pace: false, restore: file, ...snapshot, ...(disk !== undefined && { disk }) };
  const host = { ...nodeHost, openInput: async (path: string) => openFileOrPipe(path), reserveOutput: () => nowhere };
  const parsed = parseLaunchConfiguration(configuration);
  return withDebuggee(environment, parsed, (debuggee) => runOn(environment, debuggee, { file, ...options }), host);
}

/** @throws CommandError when it cannot be launched. @param use disposes of the debuggee */
async function withDebuggee(
  environment: Environment,
  configuration: LaunchConfiguration,
  use: (debuggee: Debuggee) => Promise<ExitCode>,
  host = nodeHost,
): Promise<ExitCode> {
  try {
    const debuggee = await launch(configuration, host, readResources());
    environment.beforeEnd(() => debuggee.dispose());
    return await use(debuggee);
  } catch (error) {
    throw asCommandError(error);
  }
}

/** One configuration of a launch.json, or of the workspace that has it. */
function readConfiguration(path: string, name: string | undefined): object {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const file = isFolder ? join(path, '.vscode/launch.json') : path;
  const folder = isFolder ? path : dirname(resolve(path)).replace(/[\\/]\.vscode$/, '');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `${file} cannot be read: ${reason}. Name a folder with .vscode/launch.json, or flags alone.`,
    );
  }
  return configurationIn(text, file, workspaceAt(folder), name);
}

/** A regular file or a pipe. @throws CommandError that says why it cannot be read */
export function openFile(path: string): OpenFile {
  try {
    return openFileOrPipe(path);
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
