import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { CommandError } from './environment';

/** What variables stand for, and which of the blocks for a platform counts. */
export interface Workspace {
  /** Absolute, with slashes. */
  readonly folder: string;
  readonly home: string;
  readonly platform: 'linux' | 'osx' | 'windows';
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const ourType = 'freezeframe';

/**
 * One configuration of a launch.json as VS Code would launch it: the first of our type unless named.
 *
 * @throws CommandError that says what is wrong with the file
 */
export function configurationIn(text: string, file: string, workspace: Workspace, name: string | undefined): object {
  const json = parseJsonc(text, file);
  const { configurations } = json as { configurations?: unknown };
  const list = (Array.isArray(configurations) ? configurations : [json]).filter(isObject);
  const ours = list.filter(({ type = ourType }) => type === ourType);
  const found = name === undefined ? ours[0] : ours.find((candidate) => candidate.name === name);
  if (found) return resolved(found, workspace) as object;
  const names = ours.map((configuration) => `"${configuration.name}"`).join(', ') || 'none';
  const what =
    name === undefined ? `configuration of type "${ourType}"` : `configuration "${name}" of type "${ourType}"`;
  throw new CommandError(`${file} has no ${what}. It has: ${names}.`);
}

/** JSON with comments and trailing commas, as VS Code keeps its settings. @throws CommandError */
export function parseJsonc(text: string, file: string): unknown {
  const errors: ParseError[] = [];
  const plain = text.replace(/^\uFEFF/, '');
  const json = parse(plain, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (!error) return json;
  if (plain.startsWith('\x7fELF'))
    throw new CommandError(`${file} is a program: pass it with --program, --bios or --kernel.`);
  const line = plain.slice(0, error.offset).split('\n').length;
  throw new CommandError(`${file} is not JSON: ${printParseErrorCode(error.error)} in line ${line}.`);
}

/** An entry of launch.json or tasks.json on this platform, its variables replaced. @throws CommandError */
export function resolved(entry: Readonly<Record<string, unknown>>, workspace: Workspace): unknown {
  const { linux, osx, windows, ...common } = entry;
  const own = { linux, osx, windows }[workspace.platform];
  return withVariables({ ...common, ...(isObject(own) ? own : {}) }, workspace);
}

function withVariables(value: unknown, workspace: Workspace): unknown {
  if (typeof value === 'string')
    return value.replace(/\$\{([^}]*)\}/g, (all, name) => variableValue(name, workspace) ?? all);
  if (Array.isArray(value)) return value.map((item) => withVariables(item, workspace));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withVariables(item, workspace)]));
}

/** Known to an editor alone. */
const ofEditor =
  /^(command|input|config):|^(file|relativeFile|selectedText|lineNumber|columnNumber|execPath|extensionInstallFolder)/;

/** Undefined for what VS Code, too, leaves as it stands. */
function variableValue(variable: string, { folder, home, environment }: Workspace): string | undefined {
  const basename = folder.slice(folder.lastIndexOf('/') + 1);
  const [, kind, argument] = /^(env|workspaceFolder|workspaceFolderBasename):(.*)$/.exec(variable) ?? [];
  if (kind === 'env') return environment[argument!] ?? '';
  if (kind !== undefined && argument !== basename) {
    throw new CommandError(`\`\${${variable}}\` belongs to another folder; the command line knows only "${basename}".`);
  }
  switch (kind ?? variable) {
    case 'workspaceFolder':
    case 'cwd':
      return folder;
    case 'workspaceFolderBasename':
      return basename;
    case 'userHome':
      return home;
    case 'pathSeparator':
    case '/':
      return '/';
  }
  if (!ofEditor.test(variable)) return undefined;
  throw new CommandError(`\`\${${variable}}\` only has a value in the editor: give the field as a flag instead.`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
