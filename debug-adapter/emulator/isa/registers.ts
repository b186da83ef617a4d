/** ABI names of x0 to x31 (RISC-V ELF psABI, section 1.1). */
export const registerNames = [
  ...['zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5'],
  ...['a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6'],
] as const;

/** ABI names of f0 to f31. */
export const floatRegisterNames = [
  ...['ft0', 'ft1', 'ft2', 'ft3', 'ft4', 'ft5', 'ft6', 'ft7', 'fs0', 'fs1', 'fa0', 'fa1', 'fa2', 'fa3', 'fa4', 'fa5'],
  ...[
    'fa6',
    'fa7',
    'fs2',
    'fs3',
    'fs4',
    'fs5',
    'fs6',
    'fs7',
    'fs8',
    'fs9',
    'fs10',
    'fs11',
    'ft8',
    'ft9',
    'ft10',
    'ft11',
  ],
] as const;

/** Rounding modes by the number in `rm` (unprivileged manual, section 11.2); 5 and 6 are reserved. */
export const roundingModeNames = ['rne', 'rtz', 'rdn', 'rup', 'rmm', undefined, undefined, 'dyn'] as const;

const integerRoles: Readonly<Record<string, string>> = {
  zero: 'always zero',
  ra: 'return address; a call overwrites it',
  sp: 'stack pointer, a multiple of 16 at a call; a callee keeps it',
  gp: 'global pointer; not to be changed by functions',
  tp: 'thread pointer; not to be changed by functions',
  t: 'temporary; a call may overwrite it',
  s: 'saved register; a callee keeps it',
  s0: 'saved register or frame pointer; a callee keeps it',
  a: 'argument; a call may overwrite it',
  a0: 'first argument and first return value; a call may overwrite it',
  a1: 'second argument and second return value; a call may overwrite it',
};
const floatRoles: Readonly<Record<string, string>> = {
  ft: 'floating-point temporary; a call may overwrite it',
  fs: 'floating-point saved register; a callee keeps it',
  fa: 'floating-point argument; a call may overwrite it',
  fa0: 'first floating-point argument and return value; a call may overwrite it',
  fa1: 'second floating-point argument and return value; a call may overwrite it',
};

export interface Register {
  readonly kind: 'x' | 'f';
  readonly number: number;
  readonly abiName: string;
  /** What the psABI's calling convention has it for. */
  readonly role: string;
}

/** Registers by all names that assemblers have for them. */
export const registers: ReadonlyMap<string, Register> = new Map([
  ...bank('x', registerNames, integerRoles),
  ...bank('f', floatRegisterNames, floatRoles),
  ['fp', { kind: 'x', number: 8, abiName: 's0', role: integerRoles.s0! }],
]);

function bank(
  kind: 'x' | 'f',
  names: readonly string[],
  roles: Readonly<Record<string, string>>,
): [string, Register][] {
  return names.flatMap((abiName, number): [string, Register][] => {
    const role = roles[abiName] ?? roles[abiName.replace(/\d+$/, '')]!;
    const register: Register = { kind, number, abiName, role };
    return [
      [`${kind}${number}`, register],
      [abiName, register],
    ];
  });
}
