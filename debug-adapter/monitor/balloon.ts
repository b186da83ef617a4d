import { DebuggeeError } from '../debuggee/debuggee';
import { pageByteCount } from '../emulator/core/guest-core';
import type { Balloon, Machine } from '../emulator/machine/machine';

const pagesPerMebibyte = 2 ** 20 / pageByteCount;

/** The monitor's `balloon MEBIBYTES`: how many pages the guest is to keep; no more than it has. @throws DebuggeeError */
export function balloonPageCount(machine: Machine, mebibytes: string | undefined): number {
  balloonOf(machine);
  if (mebibytes === undefined || !/^[1-9]\d{0,6}$/.test(mebibytes)) {
    throw new DebuggeeError('balloon', "Parameter 'target' expects a size in MiB");
  }
  return Math.min(Number(mebibytes) * pagesPerMebibyte, machine.core.pages.states.length);
}

/** The monitor's `info balloon`. @throws DebuggeeError */
export function balloonStatus(machine: Machine): string {
  const kept = machine.core.pages.states.length - balloonOf(machine).actual;
  return `balloon: actual=${Math.floor(kept / pagesPerMebibyte)}\n`;
}

function balloonOf({ balloon }: Machine): Balloon {
  if (balloon) return balloon;
  const advice = 'Add "balloon" to `virtio` in the launch configuration.';
  throw new DebuggeeError('balloon', `No balloon device has been activated. ${advice}`);
}
