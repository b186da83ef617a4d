/** QEMU's MigrationStatus, as far as a snapshot to a file goes through it. */
export type MigrationStatus =
  | 'none'
  | 'setup'
  | 'wait-unplug'
  | 'active'
  | 'completed'
  | 'failed'
  | 'cancelling'
  | 'cancelled';
