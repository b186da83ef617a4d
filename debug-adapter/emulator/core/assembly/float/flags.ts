// The accrued exceptions (unprivileged manual, section 11.2), gathered until an instruction adds them to its fcsr.
export const NX: u32 = 1;
export const UF: u32 = 2;
export const OF: u32 = 4;
export const DZ: u32 = 8;
export const NV: u32 = 16;

/** Rounding modes as `frm` numbers them. */
export const RNE: u32 = 0;
export const RTZ: u32 = 1;
export const RDN: u32 = 2;
export const RUP: u32 = 3;
export const RMM: u32 = 4;

let raised: u32 = 0;

export function raise(flags: u32): void {
  raised |= flags;
}

/** What was raised since the last call. */
export function takeFlags(): u32 {
  const flags = raised;
  raised = 0;
  return flags;
}
