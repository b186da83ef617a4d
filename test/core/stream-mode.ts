import fc from 'fast-check';

/** How a random stream runs. */
export interface StreamMode {
  /** As the manual numbers them: U, S and M. */
  readonly privilege: 0 | 1 | 3;
  /** Traps go to S mode. */
  readonly isDelegated: boolean;
  /** mstatus.TVM, TW and TSR are set: what is a hypervisor's business traps in S mode. */
  readonly isConfined: boolean;
  /** Of satp: Bare, Sv39, Sv48 or Sv57. M mode has it for loads and stores under MPRV. */
  readonly translation: 0 | 8 | 9 | 10;
}

/**
 * Where translated pages have rights of their own, at the top of the address space: one of U mode, none, one only to be
 * executed, one to be read and written.
 */
export const window = -(1 << 30);

export const randomMode: fc.Arbitrary<StreamMode> = fc
  .record({
    privilege: fc.constantFrom<StreamMode['privilege'][]>(3, 1, 1, 0),
    isDelegated: fc.boolean(),
    isConfined: fc.boolean(),
    translation: fc.constantFrom<StreamMode['translation'][]>(0, 8, 9, 10),
  })
  .map((mode) => ({
    ...mode,
    // The handler in S mode returns by sret, and cannot run in the pages of U mode.
    isConfined: mode.isConfined && !mode.isDelegated,
    translation: mode.privilege === 0 && mode.isDelegated ? 0 : mode.translation,
  }));

/** Tables of constants that nothing in a stream writes to, from the address in s0: 64 doubles, 64 NaN-boxed singles. */
export const constants = { D: -0x500, S: -0x300, count: 64 } as const;
