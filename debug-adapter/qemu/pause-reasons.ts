import { QemuError } from './qemu-error';

/** A state of QEMU's in which the guest stands still only until QEMU, or whoever has brought it there, goes on. */
export function isTransient(runState: string): boolean {
  return ['save-vm', 'restore-vm', 'inmigrate', 'finish-migrate', 'colo'].includes(runState);
}

const reset =
  'Type `monitor system_reset` in the debug console, then continue: it begins anew, unless QEMU was started with `-no-reboot`.';

/** What has happened, and what to do, by the states of QEMU's `query-status`. */
const reasons: Readonly<Record<string, string>> = {
  'guest-panicked': 'it has told that it panicked. Continue lets it go on; `monitor system_reset` begins anew.',
  'internal-error': `neither it nor KVM can go on with the present instruction. ${reset}`,
  'io-error': 'a disk could not be read or written. Mend that, then continue: it tries again.',
  shutdown: `it has powered off, or was reset with \`-no-reboot\`. ${reset}`,
  watchdog: 'its watchdog has expired. Continue lets it go on.',
};

/** Of a guest that neither we nor its user has paused. */
export function pauseText(runState: string): string {
  const reason = reasons[runState];
  if (reason !== undefined) return `QEMU has paused the guest (${runState}): ${reason}`;
  return `The guest does not run (${runState}), by another client’s doing or a snapshot’s that has failed. Continue lets it run.`;
}

/** QEMU refuses `cont`. */
export function refusedToGoOn(runState: string, { message }: QemuError): QemuError {
  const advice = /reset/i.test(message) ? ` ${reset}` : '';
  return new QemuError('qmp-refused', `QEMU does not let the guest go on (${runState}): ${message}.${advice}`);
}
