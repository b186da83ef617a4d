import { type Environment, type ExitCode, exitCode } from '../../command-line/environment';
import { repairGuest, repairText } from '../repair';

/** Lifts the write protection that a failed snapshot has left in a QEMU. */
export async function repair(environment: Environment, pid: number, force: boolean): Promise<ExitCode> {
  environment.say(repairText(pid, await repairGuest(pid, force)));
  return exitCode.good;
}
