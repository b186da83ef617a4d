import { type FormatFields, formats, readImmediate, readRegister } from './formats';
import { byteCountOf, findInstruction, type Instruction } from './instructions';
import { csrNames, floatRegisterNames, registerNames, roundingModeNames } from './registers';

/**
 * One instruction as `objdump -d -M no-aliases` writes it, with a space for its tab and without its comments, e.g.
 * `addi a0,a0,-1`, `c.beqz a1,8000031a`. A word that is no instruction comes out as `.2byte 0x…` or `.4byte 0x…`.
 */
export function disassemble(word: number, pc: bigint): string {
  const isLong = byteCountOf(word) === 4;
  const bits = isLong ? word >>> 0 : word & 0xffff;
  if (bits === 0) return 'c.unimp';
  const row = findInstruction(bits);
  if (row === undefined) return isLong ? `.4byte 0x${bits.toString(16)}` : `.2byte 0x${bits.toString(16)}`;
  // objdump leaves the usual rounding mode unsaid: the dynamic one, and the first where nothing is rounded.
  const operands = formatOperands(row, bits, pc).replace(row.operands.endsWith(',rm') ? /,dyn$/ : /,rne$/, '');
  const mnemonic = row.mnemonic + orderingSuffix(row, bits);
  return operands === '' ? mnemonic : `${mnemonic} ${operands}`;
}

function formatOperands(row: Instruction, word: number, pc: bigint): string {
  const fields: FormatFields = formats[row.format];
  const imm = readImmediate(fields.imm, word);
  const rs1 = readRegister(fields.rs1, word);
  return row.operands.replace(/[a-z]+[0-9]?/g, (operand) => {
    switch (operand) {
      case 'rd':
        return registerNames[readRegister(fields.rd, word)]!;
      case 'rs1':
        return registerNames[rs1]!;
      case 'rs2':
        return registerNames[readRegister(fields.rs2, word)]!;
      case 'fd':
        return floatRegisterNames[readRegister(fields.rd, word)]!;
      case 'fs1':
        return floatRegisterNames[rs1]!;
      case 'fs2':
        return floatRegisterNames[readRegister(fields.rs2, word)]!;
      case 'fs3':
        return floatRegisterNames[imm >> 3]!;
      case 'rm':
      case 'exactrm':
        return roundingModeNames[imm & 7] ?? 'unknown';
      case 'imm':
        return String(imm);
      case 'shamt':
        return `0x${imm.toString(16)}`;
      case 'upper':
        return `0x${((imm >>> 12) & 0xfffff).toString(16)}`;
      case 'target':
        return BigInt.asUintN(64, pc + BigInt(imm)).toString(16);
      case 'csr':
        return csrNames.get(imm) ?? `0x${imm.toString(16)}`;
      case 'uimm':
        return String(rs1);
      case 'pred':
        return orderedSet(imm >> 4);
      case 'succ':
        return orderedSet(imm);
      default:
        throw new Error(`${row.mnemonic}: unknown operand ${operand}`);
    }
  });
}

/** What a fence orders, section 2.7. */
function orderedSet(bits: number): string {
  return [...'iorw'].filter((_, index) => bits & (8 >> index)).join('') || 'unknown';
}

function orderingSuffix(row: Instruction, word: number): string {
  if (row.extension !== 'A') return '';
  return ['', '.rl', '.aq', '.aqrl'][(word >>> 25) & 3]!;
}
