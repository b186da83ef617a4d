import type { MigrationStatus } from '../debuggee/migration-status';

/** Events by which QEMU's QMP tells of a snapshot, as far as they occur here. */
export type QmpEvent =
  | { readonly event: 'STOP' | 'RESUME' | 'WAKEUP' | 'RESET' }
  | { readonly event: 'MIGRATION'; readonly data: { readonly status: MigrationStatus } }
  /** The dirty log has been read so many times. */
  | { readonly event: 'MIGRATION_PASS'; readonly data: { readonly pass: number } };
