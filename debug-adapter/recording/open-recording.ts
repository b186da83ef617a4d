import { version } from '../../package.json';
import {
  inputPaths,
  type LaunchConfiguration,
  parseLaunchConfiguration,
  runConfiguration,
} from '../configuration/launch-configuration';
import { DebuggeeError } from '../debuggee/debuggee';
import type { Host } from '../debuggee/host';
import { nowhere } from '../debuggee/nowhere';
import type { RecordedRun } from '../time-travel/recorded-run';
import { imageHost, type RememberingHost, recordedImages } from './images';
import { parseRecording, recordingByteCountMax, recordingText } from './recording-file';

/** A recording that can be made again. */
export interface OpenedRecording {
  readonly run: RecordedRun;
  readonly configuration: LaunchConfiguration;
  /** Its files, and no others; what is written goes nowhere. */
  readonly host: Host;
  /** Why the run may come out differently, in words; or nothing. */
  readonly remark: string;
}

/** @throws DebuggeeError that says why it cannot be opened */
export async function openRecording(host: Host, path: string): Promise<OpenedRecording> {
  const file = parseRecording(await readText(host, path), path);
  const { images, freezeframe } = file;
  if (Object.hasOwn(file.configuration, 'recording')) throw unreadable(path, 'it names another recording');
  const remark = freezeframe === version ? '' : ` It was recorded by Freezeframe ${freezeframe}; this is ${version}.`;
  return {
    run: file,
    configuration: parseLaunchConfiguration(file.configuration),
    host: Object.assign(imageHost(host, images, path), { reserveOutput: () => nowhere }),
    remark,
  };
}

/** A run as a recording. @param folder where that is meant to be */
export async function writeRecording(
  run: RecordedRun,
  configuration: LaunchConfiguration,
  read: RememberingHost,
  folder: string | undefined,
): Promise<string> {
  const images = await recordedImages(read, inputPaths(configuration), folder);
  return recordingText({
    ...run,
    freezeframe: version,
    configuration: runConfiguration(configuration, (path) => images.get(path)!.name),
    images: [...images.values()],
  });
}

async function readText(host: Host, path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await host.readFile(path, recordingByteCountMax));
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
}

function unreadable(path: string, reason: string): DebuggeeError {
  return new DebuggeeError('bad-recording', `${path} cannot be opened: ${reason}.`);
}
