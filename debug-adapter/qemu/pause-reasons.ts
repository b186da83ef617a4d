import { QemuError } from './qemu-error';

/** A state of QEMU's in which the guest stands still only until QEMU, or whoever has brought it there, goes on. */
export function isTransient(runState: string): boolean {
  return ['save-vm', 'restore-vm', 'inmigrate', 'finish-migrate', 'colo'].includes(runState);
}

const reset =
  'Type `monitor system_reset` in the debug console, then continue: the guest restarts, unless QEMU was started with `-no-reboot`.';

/** What has happened, and what to do, by the states of QEMU's `query-status`. */
const reasons: Readonly<Record<string, string>> = {
  'guest-panicked': 'it reported a panic. Continue resumes it; `monitor system_reset` restarts it.',
  'internal-error': `the vCPU cannot execute its current instruction. ${reset}`,
  'io-error': 'a disk could not be read or written. Fix that, then continue: QEMU retries.',
  shutdown: `it powered off, or was reset under \`-no-reboot\`. ${reset}`,
  watchdog: 'its watchdog expired. Continue resumes it.',
};

/** Of a guest that neither we nor its user has paused. */
export function pauseText(runState: string): string {
  const reason = reasons[runState];
  if (reason !== undefined) return `QEMU has paused the guest (${runState}): ${reason}`;
  return `The guest is paused (${runState}): another QMP client stopped it, or a failed snapshot left it so. Continue resumes it.`;
}

/** QEMU refuses `cont`. */
export function refusedToGoOn(runState: string, { message }: QemuError): QemuError {
  const advice = /reset/i.test(message) ? ` ${reset}` : '';
  return new QemuError('qmp-refused', `QEMU refuses to resume the guest (${runState}): ${message}.${advice}`);
}
