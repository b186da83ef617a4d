/// <reference path="./capstone-js.d.ts" />
import type { Capstone, Disassembler } from '@alexaltea/capstone-js';
import type { InstructionSet } from './instruction-set';

export type CapstoneSet = keyof typeof sets;

/** What Capstone is asked for, in its own terms. */
const sets = {
  'x86-16': { architecture: 'ARCH_X86', modes: ['MODE_16'], alignment: 1, byteCountMax: 15 },
  'x86-32': { architecture: 'ARCH_X86', modes: ['MODE_32'], alignment: 1, byteCountMax: 15 },
  'x86-64': { architecture: 'ARCH_X86', modes: ['MODE_64'], alignment: 1, byteCountMax: 15 },
  aarch64: { architecture: 'ARCH_ARM64', modes: ['MODE_LITTLE_ENDIAN'], alignment: 4, byteCountMax: 4 },
  riscv32: { architecture: 'ARCH_RISCV', modes: ['MODE_RISCV32', 'MODE_RISCVC'], alignment: 2, byteCountMax: 4 },
} as const;

const made = new Map<CapstoneSet, InstructionSet>();
let loading: Promise<Capstone> | undefined;

/** Loaded when the first is asked for; their number bounds what is held. */
export async function capstoneSet(name: CapstoneSet): Promise<InstructionSet> {
  loading ??= import('@alexaltea/capstone-js').then(({ default: load }) => load());
  const capstone = await loading;
  const known = made.get(name);
  if (known) return known;
  const { architecture, modes, alignment, byteCountMax } = sets[name];
  const mode = modes.reduce((bits, each) => bits | capstone[each], 0);
  const disassembler = new capstone.Capstone(capstone[architecture], mode);
  const set: InstructionSet = {
    alignment,
    byteCountMax,
    isByteString: architecture === 'ARCH_X86',
    decode(bytes, address) {
      const [first] = decoded(disassembler, bytes.subarray(0, byteCountMax), address);
      if (!first) return undefined;
      const { size, mnemonic, op_str: operands } = first;
      const target = architecture === 'ARCH_RISCV' ? withTarget(mnemonic, operands, address) : operands;
      return { byteCount: size, text: `${mnemonic} ${target}`.trimEnd() };
    },
  };
  made.set(name, set);
  return set;
}

/** It throws where nothing can be decoded. */
function decoded(disassembler: Disassembler, bytes: Uint8Array, address: bigint): ReturnType<Disassembler['disasm']> {
  try {
    return disassembler.disasm(bytes, address, 1);
  } catch {
    return [];
  }
}

/** Of RISC-V it gives the distance of a jump, where assemblers and debuggers write the address that it leads to. */
function withTarget(mnemonic: string, operands: string, address: bigint): string {
  if (!/^(c\.)?(j|jal|b\w+)$/.test(mnemonic)) return operands;
  return operands.replace(/(-?)(0x[0-9a-f]+|\d+)$/, (_, sign: string, distance: string) => {
    const target = address + (sign ? -BigInt(distance) : BigInt(distance));
    return `0x${BigInt.asUintN(32, target).toString(16)}`;
  });
}
