import { launchConfigurationSchema } from '../configuration/json-schema';
import { DebuggeeError } from '../debuggee/debuggee';
import { CommandError } from './environment';

/** A flag that sets a field of the launch configuration: `--ram`, `--snapshot.output`. */
export interface LaunchFlag {
  readonly name: string;
  readonly description: string;
}

/** Every field of a launch configuration, those of its objects with a dot, is a flag; a recording and a real QEMU have commands of their own. */
export function launchFlags(): LaunchFlag[] {
  const { recording: _replayed, qemu: _ofItsOwn, ...properties } = launchConfigurationSchema().properties;
  return flagsOf(properties, '');
}

function flagsOf(properties: Readonly<Record<string, unknown>>, prefix: string): LaunchFlag[] {
  return Object.entries(properties).flatMap(([key, value]): LaunchFlag[] => {
    const { description = '', properties: inner } = value as {
      description?: string;
      properties?: Record<string, unknown>;
    };
    return inner ? flagsOf(inner, `${prefix}${key}.`) : [{ name: prefix + key, description }];
  });
}

/** Sets fields named as by `launchFlags`. A value that reads as JSON is that, any other a text. */
export function withFlags(configuration: object, flags: Readonly<Record<string, string>>): object {
  const result = deepCopy(configuration) as Record<string, unknown>;
  for (const [name, text] of Object.entries(flags)) {
    const keys = name.split('.');
    const last = keys.pop()!;
    let place = result;
    for (const key of keys) {
      place[key] ??= {};
      place = place[key] as Record<string, unknown>;
    }
    place[last] = readValue(text);
  }
  return result;
}

function deepCopy(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What the user is told of a debuggee that could not be launched. */
export function asCommandError(error: unknown): unknown {
  return error instanceof DebuggeeError ? new CommandError(error.message) : error;
}
