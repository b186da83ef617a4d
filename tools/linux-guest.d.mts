export const shellPrompt: string;
export function ensureLinuxGuest(): Promise<{ kernel: string; initrd: string }>;
