import type { Machine } from '../emulator/machine/machine';
import { controlRegisters, floatRegisters, integerRegisters } from './registers';

/** CSRs in the order of QEMU's `info registers`, without those of the hypervisor extension. */
const csrs = [
  ...['mhartid', 'mstatus', 'mip', 'mie', 'mideleg', 'medeleg', 'mtvec', 'stvec', 'mepc', 'sepc', 'mcause', 'scause'],
  ...['mtval', 'stval', 'mscratch', 'sscratch', 'satp'],
];
const perLine = 4;

/** What the monitor's `info registers -a` prints, in QEMU's layout. */
export function registerDump({ core, hartCount }: Machine): string {
  return Array.from({ length: hartCount }, (_, hart) => {
    const known = new Map(controlRegisters(core, hart).map(({ name, value }) => [name, value as bigint]));
    known.set('mhartid', BigInt(hart));
    const integers = integerRegisters(core, hart).filter(({ kind }) => kind === 'register');
    return [
      `CPU#${hart}`,
      line('pc', core.pc.get(hart)),
      ...csrs.map((name) => line(name, known.get(name) ?? 0n)),
      ...table(
        'x',
        integers.map(({ name, value }) => [name, value as bigint]),
      ),
      ...table(
        'f',
        floatRegisters(core, hart).map(({ name, value }) => [name, value as bigint]),
      ),
      '',
    ].join('\n');
  }).join('');
}

function line(name: string, value: bigint): string {
  return ` ${name.padEnd(8)} ${hex(value)}`;
}

function table(letter: string, registers: readonly (readonly [string, bigint])[]): string[] {
  const cells = registers.map(([name, value], index) => ` ${`${letter}${index}/${name}`.padEnd(8)} ${hex(value)}`);
  const lines: string[] = [];
  for (let index = 0; index < cells.length; index += perLine) lines.push(cells.slice(index, index + perLine).join(''));
  return lines;
}

function hex(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
