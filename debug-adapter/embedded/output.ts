import { DebuggeeError } from '../debuggee/debuggee';
import type { Host, OutputFile } from '../debuggee/host';

/** @throws DebuggeeError that says why the file cannot be created and what to do. */
export function openOutput(host: Host, path: string): OutputFile {
  try {
    return host.openOutput(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = 'Choose another file in `snapshot.output` of the launch configuration.';
    throw new DebuggeeError('output-not-writable', `The snapshot cannot be written to ${path}: ${reason}. ${advice}`);
  }
}

/** Finds out before the run what would otherwise be found out at the snapshot. @throws DebuggeeError as `openOutput`. */
export function checkOutput(host: Host, path: string): void {
  openOutput(host, path).abandon();
}
