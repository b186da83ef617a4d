import { type Environment, type ExitCode, exitCode } from '../../command-line/environment';
import { repairGuest } from '../repair';

/** Lifts the write protection that a failed snapshot has left in a QEMU. */
export async function repair(environment: Environment, pid: number, force: boolean): Promise<ExitCode> {
  const { pageCount, wokenCount } = await repairGuest(pid, force);
  const threads = wokenCount === 1 ? '1 thread that waited in a write fault goes' : `${wokenCount} threads go`;
  environment.say(`${pageCount} pages of process ${pid} are protected no more; ${threads} on.`);
  return exitCode.good;
}
