import { DebuggeeError } from '../debuggee/debuggee';

/** Why a real QEMU cannot be debugged, or not any further. */
export type QemuErrorCode =
  | 'needs-linux'
  | 'qemu-not-started'
  | 'qemu-ended'
  | 'no-qmp'
  | 'qmp-busy'
  | 'qmp-refused'
  | 'qmp-silent'
  | 'no-permission'
  | 'no-gdb-stub'
  | 'gdb-silent'
  | 'gdb-refused'
  | 'no-background-snapshot'
  | 'no-userfaultfd'
  | 'guest-paused'
  | 'snapshot-under-way'
  | 'silent'
  | 'nothing-to-repair';

/** Its message says what is missing and what to do about it. */
export class QemuError extends DebuggeeError {
  constructor(
    override readonly code: QemuErrorCode,
    message: string,
  ) {
    super(code, message);
  }
}
