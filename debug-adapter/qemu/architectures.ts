import { type CapstoneSet, capstoneSet } from './capstone';
import { type InstructionSet, riscV64 } from './instruction-set';

/** Where a vCPU's next instruction is, as its page tables are asked for it, and of which instruction set it is. */
export interface CodePlace {
  readonly pc: bigint;
  readonly set: InstructionSet;
}

export interface Architecture {
  /** @param dump the monitor's `info registers` of that vCPU */
  place(register: (name: string) => bigint, dump: () => Promise<string>): Promise<CodePlace>;
}

/** Those of which QEMU's words are little-endian, by their names in target descriptions. */
export const architectures: ReadonlyMap<string, Architecture> = new Map([
  ['riscv:rv64', flat(async () => riscV64)],
  ['riscv:rv32', flat(() => capstoneSet('riscv32'))],
  ['aarch64', flat(() => capstoneSet('aarch64'))],
  ['i386', segmented('eip')],
  ['i386:x86-64', segmented('rip')],
]);

function flat(set: () => Promise<InstructionSet>): Architecture {
  return { place: async (register) => ({ pc: register('pc'), set: await set() }) };
}

/**
 * An instruction pointer counts from the base of its code segment, whose descriptor says too how wide code is: the stub
 * tells neither (SDM volume 3, 3.4.5 "Segment Descriptors").
 */
function segmented(pointer: string): Architecture {
  return {
    async place(register, dump) {
      const offset = register(pointer);
      const [, base = '0', flags = '0'] = /^CS =\w+ (\w+) \w+ (\w+)/m.exec(await dump()) ?? [];
      const isLong = isSet(register('efer'), longModeActive);
      const descriptor = BigInt(`0x${flags}`);
      if (isLong && isSet(descriptor, long)) return { pc: offset, set: await capstoneSet('x86-64') };
      const width: CapstoneSet = isSet(descriptor, defaultSize) ? 'x86-32' : 'x86-16';
      return { pc: BigInt.asUintN(32, BigInt(`0x${base}`) + offset), set: await capstoneSet(width) };
    },
  };
}

/** Of IA32_EFER. */
const longModeActive = 10;
/** Of the second word of a code segment's descriptor. */
const long = 21;
const defaultSize = 22;

function isSet(bits: bigint, bit: number): boolean {
  return ((bits >> BigInt(bit)) & 1n) === 1n;
}
