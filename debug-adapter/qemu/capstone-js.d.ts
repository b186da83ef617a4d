/** As far as it is used: the package brings no types. */
declare module '@alexaltea/capstone-js' {
  export interface Disassembler {
    /** @throws a string when not even the first can be decoded */
    disasm(
      bytes: Uint8Array,
      address: bigint,
      countMax: number,
    ): readonly { readonly size: number; readonly mnemonic: string; readonly op_str: string }[];
  }
  type Constant =
    | 'ARCH_X86'
    | 'ARCH_ARM64'
    | 'ARCH_RISCV'
    | 'MODE_16'
    | 'MODE_32'
    | 'MODE_64'
    | 'MODE_LITTLE_ENDIAN'
    | 'MODE_RISCV32'
    | 'MODE_RISCVC';
  export type Capstone = Readonly<Record<Constant, number>> & {
    readonly Capstone: new (architecture: number, mode: number) => Disassembler;
  };
  export default function load(): Promise<Capstone>;
}
