const interruptBit = 1n << 63n;
const privilegeNames = ['U', 'S', 'reserved', 'M'];

/** Privileged manual, table of mcause values. */
const exceptionNames: Readonly<Record<number, string>> = {
  0: 'instruction address misaligned',
  1: 'instruction access fault',
  2: 'illegal instruction',
  3: 'breakpoint',
  4: 'load address misaligned',
  5: 'load access fault',
  6: 'store/AMO address misaligned',
  7: 'store/AMO access fault',
  8: 'environment call from U-mode',
  9: 'environment call from S-mode',
  11: 'environment call from M-mode',
  12: 'instruction page fault',
  13: 'load page fault',
  15: 'store/AMO page fault',
};

const interruptNames: Readonly<Record<number, string>> = {
  1: 'supervisor software interrupt',
  3: 'machine software interrupt',
  5: 'supervisor timer interrupt',
  7: 'machine timer interrupt',
  9: 'supervisor external interrupt',
  11: 'machine external interrupt',
};

/** `illegal instruction`, `machine timer interrupt`, `cause 0x18`. */
export function causeName(cause: bigint): string {
  const names = (cause & interruptBit) === 0n ? exceptionNames : interruptNames;
  return names[Number(cause & ~interruptBit)] ?? `cause 0x${cause.toString(16)}`;
}

/** How a stack marks a trap. @param cause of the CSR, while that still tells of this trap */
export function trapName(cause: bigint | undefined, privilegeBefore: number): string {
  const from = `from ${privilegeNames[privilegeBefore]}-mode`;
  if (cause === undefined) return `<trap ${from}>`;
  const name = causeName(cause);
  return name.includes('-mode') ? `<trap: ${name}>` : `<trap ${from}: ${name}>`;
}
