import { DebuggeeError } from '../debuggee/debuggee';
import type { Variable } from '../debuggee/thread';
import type { GuestHarts } from '../emulator/core/guest-harts';
import { csrNumbers } from '../emulator/isa/csrs';
import { floatRegisterNames } from '../emulator/isa/registers';
import type { HartFrame } from '../unwinding/frame';

/** ABI names by register number (RISC-V psABI, integer register convention). */
export const abiNames = [
  'zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5',
  'a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6',
] as const; // biome-ignore format: one row of sixteen reads best

/** CSRs worth a look, with their numbers. */
export const csrNames: ReadonlyMap<string, number> = new Map(
  (
    [
      'fflags',
      'frm',
      'fcsr',
      'mstatus',
      'misa',
      'medeleg',
      'mideleg',
      'mie',
      'mtvec',
      'mcounteren',
      'mscratch',
      'mepc',
      'mcause',
      'mtval',
      'mip',
      'sstatus',
      'sie',
      'stvec',
      'scounteren',
      'sscratch',
      'sepc',
      'scause',
      'stval',
      'sip',
      'satp',
      'tselect',
      'tdata1',
      'tdata2',
    ] as const
  ).map((name) => [name, csrNumbers[name]]),
);

/** Those that a user may name besides. */
const otherCsrNames: ReadonlyMap<string, number> = new Map(
  (
    [
      'senvcfg',
      'stimecmp',
      'menvcfg',
      'mcountinhibit',
      'tdata3',
      'tinfo',
      'mcycle',
      'minstret',
      'mvendorid',
      'marchid',
      'mimpid',
      'mhartid',
      'mconfigptr',
    ] as const
  ).map((name) => [name, csrNumbers[name]]),
);

const privilegeNames = ['U', 'S', 'reserved', 'M'];

export function integerRegisters(core: GuestHarts, hart: number): Variable[] {
  const variables: Variable[] = [
    { name: 'pc', value: core.pc.get(hart), kind: 'address' },
    { name: 'privilege', value: privilegeNames[core.privilege(hart)]!, kind: 'plain' },
  ];
  abiNames.forEach((name, index) => {
    variables.push({ name, value: core.readX(hart, index), kind: 'register' });
  });
  return variables;
}

/** As a caller will find them; what its callees may have changed without saving it is nobody's to know. */
export function callerRegisters({ pc, privilege, x }: HartFrame): Variable[] {
  return [
    { name: 'pc', value: pc, kind: 'address' },
    { name: 'privilege', value: privilegeNames[privilege]!, kind: 'plain' },
    ...abiNames.map((name, index) => ({ name, value: x[index] ?? '<not saved>', kind: 'register' as const })),
  ];
}

/** As bits; a single stands in the low half under ones. */
export function floatRegisters(core: GuestHarts, hart: number): Variable[] {
  return floatRegisterNames.map((name, index) => ({ name, value: core.readF(hart, index), kind: 'register' }));
}

export function controlRegisters(core: GuestHarts, hart: number): Variable[] {
  return [...csrNames].flatMap(([name, number]) => {
    const value = core.readCsr(hart, number);
    return value === undefined ? [] : [{ name, value, kind: 'register' as const }];
  });
}

/** A register by any of its names: `a0`, `x10`, `fp`, `fa0`, `f10`, `pc`, `mstatus`. */
export function registerByName(core: GuestHarts, hart: number, name: string): bigint | undefined {
  if (name === 'pc') return core.pc.get(hart);
  const index = indexByName.get(name);
  if (index !== undefined) return core.readX(hart, index);
  const float = floatIndexByName.get(name);
  if (float !== undefined) return core.readF(hart, float);
  const csr = csrNames.get(name) ?? otherCsrNames.get(name);
  return csr === undefined ? undefined : core.readCsr(hart, csr);
}

/**
 * A register of a caller by any of its names; undefined when there is none of that name that differs between frames.
 * @throws DebuggeeError for one that nobody has saved
 */
export function callerRegister({ pc, x }: HartFrame, name: string): bigint | undefined {
  if (name === 'pc') return pc;
  const index = indexByName.get(name);
  if (index === undefined && !floatIndexByName.has(name)) return undefined;
  const value = index === undefined ? undefined : x[index];
  if (value === undefined) throw new DebuggeeError('not-saved', `\`${name}\` of this frame was not saved.`);
  return value;
}

/** What it holds then; undefined when there is no such register, or none that can be written. */
export function writeRegister(core: GuestHarts, hart: number, name: string, value: bigint): bigint | undefined {
  const index = indexByName.get(name);
  const float = floatIndexByName.get(name);
  const csr = csrNames.get(name) ?? otherCsrNames.get(name);
  if (name === 'pc') core.pc.set(hart, value);
  else if (index) core.writeX(hart, index, value);
  else if (float !== undefined) core.writeF(hart, float, value);
  else if (csr !== undefined && core.readCsr(hart, csr) !== undefined) core.writeCsr(hart, csr, value);
  else return undefined;
  return registerByName(core, hart, name);
}

const indexByName = new Map<string, number>([['fp', 8]]);
abiNames.forEach((name, index) => {
  indexByName.set(name, index);
  indexByName.set(`x${index}`, index);
});

const floatIndexByName = new Map<string, number>(
  floatRegisterNames.flatMap((name, index): [string, number][] => [
    [name, index],
    [`f${index}`, index],
  ]),
);
