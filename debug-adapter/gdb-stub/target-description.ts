import type { Debuggee } from '../debuggee/debuggee';
import { firstOf, type ThreadId } from '../debuggee/thread';
import { floatRegisterNames, registerNames } from '../emulator/isa/registers';
import { hexOfNumber, numberFromHex } from './hex';

const byteCount = 8;

/** By number, as gdb and QEMU call them: x8 is the frame pointer to both. */
const generalNames = [...registerNames.map((name) => (name === 's0' ? 'fp' : name)), 'pc'];
const dataPointers: ReadonlySet<string> = new Set(['sp', 'gp', 'tp', 'fp']);
const codePointers: ReadonlySet<string> = new Set(['ra', 'pc']);
/** The privilege that a hart is in, as a register of no manual (feature `org.gnu.gdb.riscv.virtual`). */
const privilegeName = 'priv';
const privileges: ReadonlyMap<unknown, bigint> = new Map([
  ['U', 0n],
  ['S', 1n],
  ['M', 3n],
]);

/** In the order of their numbers. */
const csrNames = [
  ...[
    'fflags',
    'frm',
    'fcsr',
    'sstatus',
    'sie',
    'stvec',
    'scounteren',
    'senvcfg',
    'sscratch',
    'sepc',
    'scause',
    'stval',
  ],
  ...['sip', 'stimecmp', 'satp', 'mstatus', 'misa', 'medeleg', 'mideleg', 'mie', 'mtvec', 'mcounteren', 'menvcfg'],
  ...['mcountinhibit', 'mscratch', 'mepc', 'mcause', 'mtval', 'mip', 'tselect', 'tdata1', 'tdata2', 'tdata3', 'tinfo'],
  ...['mcycle', 'minstret', 'mvendorid', 'marchid', 'mimpid', 'mhartid', 'mconfigptr'],
];
const pcNumber = generalNames.length - 1;

/**
 * The registers of a hart as gdb numbers them: x0 to x31 and pc, which come together; f0 to f31; the CSRs that the debuggee
 * has; the privilege.
 */
export class Registers {
  readonly #csrNames: readonly string[];
  readonly #names: readonly string[];
  /** A hart whose pc is shown to be there. */
  shownPc: { readonly thread: ThreadId; readonly pc: bigint } | undefined;

  constructor(private readonly debuggee: Debuggee) {
    const known = debuggee.names(firstOf('hart', debuggee.threads()));
    this.#csrNames = csrNames.filter((name) => typeof known.lookup(name) === 'bigint');
    this.#names = [...generalNames, ...floatRegisterNames, ...this.#csrNames, privilegeName];
  }

  /** Undefined when there is none of that number. */
  read(thread: ThreadId, number: number): string | undefined {
    const name = this.#names[number];
    if (name === undefined) return undefined;
    const value = name === privilegeName ? this.#privilege(thread) : this.#value(thread, number, name);
    return typeof value === 'bigint' ? hexOfNumber(value, byteCount) : undefined;
  }

  #value(thread: ThreadId, number: number, name: string): unknown {
    if (number === pcNumber && this.shownPc?.thread === thread) return this.shownPc.pc;
    return this.debuggee.names(thread).lookup(name);
  }

  /** Those that gdb asks for together. */
  readAll(thread: ThreadId): string {
    return generalNames.map((_, number) => this.read(thread, number)).join('');
  }

  /** What a packet wants to write; undefined when there is no such register, or that is no value for it. */
  written(number: number, hex: string): { readonly name: string; readonly value: bigint } | undefined {
    const name = this.#names[number];
    const value = hex.length === 2 * byteCount ? numberFromHex(hex) : undefined;
    return name === undefined || value === undefined ? undefined : { name, value };
  }

  /** The same of all that gdb writes together; x0 stays what it is. */
  writtenTogether(hex: string): { readonly name: string; readonly value: bigint }[] | undefined {
    const all = generalNames.map((_, number) => this.written(number, hex.slice(16 * number, 16 * number + 16)));
    return all.every((each) => each !== undefined) ? all.slice(1) : undefined;
  }

  /** For `qXfer:features:read:target.xml`. */
  get description(): string {
    return `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0"><architecture>riscv:rv64</architecture>${this.#features()}</target>`;
  }

  #features(): string {
    let number = 0;
    const registers = (names: readonly string[], typeOf: (name: string) => string): string =>
      names.map((name) => `<reg name="${name}" bitsize="64" regnum="${number++}" type="${typeOf(name)}"/>`).join('');
    const double =
      '<union id="riscv_double"><field name="float" type="ieee_single"/><field name="double" type="ieee_double"/></union>';
    return [
      feature('cpu', registers(generalNames, pointerType)),
      feature('fpu', double + registers(floatRegisterNames, () => 'riscv_double')),
      feature(
        'csr',
        registers(this.#csrNames, () => 'int'),
      ),
      feature(
        'virtual',
        registers([privilegeName], () => 'int'),
      ),
    ].join('');
  }

  #privilege(thread: ThreadId): bigint | undefined {
    const shown = this.debuggee.scopes(thread, 0).flatMap(({ variables }) => variables);
    return privileges.get(shown.find(({ name }) => name === 'privilege')?.value);
  }
}

function feature(name: string, content: string): string {
  return `<feature name="org.gnu.gdb.riscv.${name}">${content}</feature>`;
}

function pointerType(name: string): string {
  if (codePointers.has(name)) return 'code_ptr';
  return dataPointers.has(name) ? 'data_ptr' : 'int';
}
