export interface LinuxGuest {
  readonly kernel: string;
  readonly initrd: string;
  readonly release: string;
  readonly suite: string;
}
export const shellPrompt: string;
export function requireLinuxGuest(): LinuxGuest;
export function ensureLinuxGuest(): Promise<LinuxGuest>;
