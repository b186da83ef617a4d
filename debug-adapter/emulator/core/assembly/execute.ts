// The interpreter: one loop over records. Whatever is not quick is a call that answers the next record.
import {
  BLOCK_HEADER_BYTES, BUDGET, DATA_TLB, HART_MSTATUS, HART_NEXT, HART_NEXT_TABLE, HART_REPORTED_AT,
  HART_REPORTED_BREAKPOINT, LINK_NEXT, LINK_TAKEN, PC, PC_PAGE, PC_TABLE, RECORD_BYTES, RECORD_IMMEDIATE, STOP_BREAKPOINT, TLB_WRITE,
} from '../memory-map';
import { manipulateBits } from './bit-manipulation';
import { amo, loadReserved, storeConditional } from './atomics';
import { enter, enterFromGenerated, follow, mend } from './blocks';
import { CSR_CLEAR, CSR_SET, CSR_WRITE, csrInstruction } from './csr';
import { isBreakpoint } from './decode-block';
import { leave, stopBefore, trap } from './events';
import * as arithmetic from './generated/arithmetic';
import {
  ADD, ADDI, ADDIW, ADDW, AMOADD_D, AMOADD_W, AMOAND_D, AMOAND_W, AMOMAX_D, AMOMAX_W, AMOMAXU_D, AMOMAXU_W, 
  AMOMIN_D, AMOMIN_W, AMOMINU_D, AMOMINU_W,AMOOR_D, AMOOR_W, AMOSWAP_D, AMOSWAP_W, AMOXOR_D, AMOXOR_W, AND, ANDI, AUIPC, BEQ, BGE, BGEU, BLT, BLTU, BNE,
  CSRRC, CSRRCI, CSRRS, CSRRSI, CSRRW, CSRRWI, DIV, DIVU, DIVUW, DIVW, EBREAK, ECALL, FENCE, FENCE_I, FENCE_TSO, FLD, FLW, FSD, FSW,
  FADD_D, FADD_S, FCLASS_D, FCLASS_S, FCVT_D_L, FCVT_D_LU, FCVT_D_S, FCVT_D_W, FCVT_D_WU, FCVT_LU_D, FCVT_LU_S, FCVT_L_D, FCVT_L_S, FCVT_S_D, FCVT_S_L, FCVT_S_LU, FCVT_S_W, FCVT_S_WU, FCVT_WU_D, FCVT_WU_S, FCVT_W_D, FCVT_W_S, FDIV_D, FDIV_S, FEQ_D, FEQ_S, FLE_D, FLE_S, FLT_D, FLT_S, FMADD_D, FMADD_S, FMAX_D, FMAX_S, FMIN_D, FMIN_S, FMSUB_D, FMSUB_S, FMUL_D, FMUL_S, FMV_D_X, FMV_W_X, FMV_X_D, FMV_X_W, FNMADD_D, FNMADD_S, FNMSUB_D, FNMSUB_S, FSGNJN_D, FSGNJN_S, FSGNJX_D, FSGNJX_S, FSGNJ_D, FSGNJ_S, FSQRT_D, FSQRT_S, FSUB_D, FSUB_S,
  JAL, JALR, LB, LBU,
  LD, LH, LHU, LR_D, LR_W, LUI, LW, LWU, MRET, MUL, MULH, MULHSU, MULHU, MULW, OR, ORI, REM, REMU, REMUW, REMW, SB, SC_D, SC_W, SD,
  SFENCE_VMA, SH, SLL, SLLI, SLLIW, SLLW, SLT, SLTI, SLTIU, SLTU, SRA, SRAI, SRAIW, SRAW, SRET, SRL, SRLI, SRLIW, SRLW, SUB, SUBW,
  SW, WFI, XOR, XORI,
  ADD_UW, ANDN, BCLR, BCLRI, BEXT, BEXTI, BINV, BINVI, BSET, BSETI, CLMUL, CLMULH, CLMULR, CLZ, CLZW, CPOP, CPOPW,
  CTZ, CTZW, MAX, MAXU, MIN, MINU, ORC_B, ORN, REV8, ROL, ROLW, ROR, RORI, RORIW, RORW, SEXT_B, SEXT_H, SH1ADD,
  SH1ADD_UW, SH2ADD, SH2ADD_UW, SH3ADD, SH3ADD_UW, SLLI_UW, XNOR, ZEXT_H,
} from './generated/isa';
import { loadFloat, plainFloat, roundedFloat, storeFloat } from './float-instructions';
import { loadSlow, NAN_BOXED, storeSlow, tlbEntry } from './memory';
import { BREAK, CUT, END, EVENT_OP, EXIT_OP, GENERATED, ILLEGAL } from './opcodes';
import { currentHart, following, immediate, leftOf, offsetOf, opcodeOf, pcOf, rdOf, rs1, rs1Of, rs2, rs2Of, setRd, wordOf } from './records';
import { afterEvent } from './run';
import {
  CAUSE_BREAKPOINT, CAUSE_ILLEGAL, CAUSE_USER_ECALL, FS, hartState, mret, privilege, retiredNow, SUPERVISOR, setHartState, sret, TVM, USER,
  wfi,
} from './traps';
import { triggersOnExecute } from './triggers';

// @ts-ignore: decorator
@inline function floatStatus(): u64 { return hartState(HART_MSTATUS) & FS; }
/** Where the data of an access is, given its TLB entry. */
// @ts-ignore: decorator
@inline function at(address: u64, entry: usize, tlb: usize): usize { return <usize>(<u32>address + load<u32>(entry + tlb, 8)); }
/** The tag of an aligned access; one that is not has low bits that no entry has. */
// @ts-ignore: decorator
@inline function tag(address: u64, size: u64): u64 { return address & (~<u64>0xfff | (size - 1)); }

/** Executes from a record on until the run ends; PC and BUDGET then say how far it came. */
export function execute(first: usize): void {
  let record = first;
  // Nobody makes another hart the current one meanwhile.
  const hart = currentHart();
  let budget = load<i32>(BUDGET);
  let tlb = <usize>load<u32>(DATA_TLB);
  while (true) {
    switch (opcodeOf(record)) {
      case ADDI:
        setRd(hart, record, arithmetic.addi(rs1(hart, record), immediate(record)));
        break;
      case ADD:
        setRd(hart, record, arithmetic.add(rs1(hart, record), rs2(hart, record)));
        break;
      case SUB:
        setRd(hart, record, arithmetic.sub(rs1(hart, record), rs2(hart, record)));
        break;
      case LUI:
        setRd(hart, record, immediate(record));
        break;
      case AUIPC:
        setRd(hart, record, pcOf(record) + immediate(record));
        break;
      case ANDI:
        setRd(hart, record, arithmetic.andi(rs1(hart, record), immediate(record)));
        break;
      case ORI:
        setRd(hart, record, arithmetic.ori(rs1(hart, record), immediate(record)));
        break;
      case XORI:
        setRd(hart, record, arithmetic.xori(rs1(hart, record), immediate(record)));
        break;
      case AND:
        setRd(hart, record, arithmetic.and(rs1(hart, record), rs2(hart, record)));
        break;
      case OR:
        setRd(hart, record, arithmetic.or(rs1(hart, record), rs2(hart, record)));
        break;
      case XOR:
        setRd(hart, record, arithmetic.xor(rs1(hart, record), rs2(hart, record)));
        break;
      case SLTI:
        setRd(hart, record, arithmetic.slti(rs1(hart, record), immediate(record)));
        break;
      case SLTIU:
        setRd(hart, record, arithmetic.sltiu(rs1(hart, record), immediate(record)));
        break;
      case SLT:
        setRd(hart, record, arithmetic.slt(rs1(hart, record), rs2(hart, record)));
        break;
      case SLTU:
        setRd(hart, record, arithmetic.sltu(rs1(hart, record), rs2(hart, record)));
        break;
      case SLLI:
        setRd(hart, record, arithmetic.slli(rs1(hart, record), immediate(record)));
        break;
      case SRLI:
        setRd(hart, record, arithmetic.srli(rs1(hart, record), immediate(record)));
        break;
      case SRAI:
        setRd(hart, record, arithmetic.srai(rs1(hart, record), immediate(record)));
        break;
      case SLL:
        setRd(hart, record, arithmetic.sll(rs1(hart, record), rs2(hart, record)));
        break;
      case SRL:
        setRd(hart, record, arithmetic.srl(rs1(hart, record), rs2(hart, record)));
        break;
      case SRA:
        setRd(hart, record, arithmetic.sra(rs1(hart, record), rs2(hart, record)));
        break;
      case ADDIW:
        setRd(hart, record, arithmetic.addiw(rs1(hart, record), immediate(record)));
        break;
      case ADDW:
        setRd(hart, record, arithmetic.addw(rs1(hart, record), rs2(hart, record)));
        break;
      case SUBW:
        setRd(hart, record, arithmetic.subw(rs1(hart, record), rs2(hart, record)));
        break;
      case SLLIW:
        setRd(hart, record, arithmetic.slliw(rs1(hart, record), immediate(record)));
        break;
      case SRLIW:
        setRd(hart, record, arithmetic.srliw(rs1(hart, record), immediate(record)));
        break;
      case SRAIW:
        setRd(hart, record, arithmetic.sraiw(rs1(hart, record), immediate(record)));
        break;
      case SLLW:
        setRd(hart, record, arithmetic.sllw(rs1(hart, record), rs2(hart, record)));
        break;
      case SRLW:
        setRd(hart, record, arithmetic.srlw(rs1(hart, record), rs2(hart, record)));
        break;
      case SRAW:
        setRd(hart, record, arithmetic.sraw(rs1(hart, record), rs2(hart, record)));
        break;
      case ADD_UW:
      case ANDN:
      case BCLR:
      case BEXT:
      case BINV:
      case BSET:
      case CLMUL:
      case CLMULH:
      case CLMULR:
      case CLZ:
      case CLZW:
      case CPOP:
      case CPOPW:
      case CTZ:
      case CTZW:
      case MAX:
      case MAXU:
      case MIN:
      case MINU:
      case ORC_B:
      case ORN:
      case REV8:
      case ROL:
      case ROLW:
      case ROR:
      case RORW:
      case SEXT_B:
      case SEXT_H:
      case SH1ADD:
      case SH1ADD_UW:
      case SH2ADD:
      case SH2ADD_UW:
      case SH3ADD:
      case SH3ADD_UW:
      case XNOR:
      case ZEXT_H:
        setRd(hart, record, manipulateBits(opcodeOf(record), rs1(hart, record), rs2(hart, record)));
        break;
      case BCLRI:
      case BEXTI:
      case BINVI:
      case BSETI:
      case RORI:
      case RORIW:
      case SLLI_UW:
        setRd(hart, record, manipulateBits(opcodeOf(record), rs1(hart, record), immediate(record)));
        break;
      case MUL:
        setRd(hart, record, arithmetic.mul(rs1(hart, record), rs2(hart, record)));
        break;
      case MULW:
        setRd(hart, record, arithmetic.mulw(rs1(hart, record), rs2(hart, record)));
        break;
      case MULH:
        setRd(hart, record, arithmetic.mulh(rs1(hart, record), rs2(hart, record)));
        break;
      case MULHSU:
        setRd(hart, record, arithmetic.mulhsu(rs1(hart, record), rs2(hart, record)));
        break;
      case MULHU:
        setRd(hart, record, arithmetic.mulhu(rs1(hart, record), rs2(hart, record)));
        break;
      case DIV:
        setRd(hart, record, arithmetic.div(rs1(hart, record), rs2(hart, record)));
        break;
      case DIVU:
        setRd(hart, record, arithmetic.divu(rs1(hart, record), rs2(hart, record)));
        break;
      case REM:
        setRd(hart, record, arithmetic.rem(rs1(hart, record), rs2(hart, record)));
        break;
      case REMU:
        setRd(hart, record, arithmetic.remu(rs1(hart, record), rs2(hart, record)));
        break;
      case DIVW:
        setRd(hart, record, arithmetic.divw(rs1(hart, record), rs2(hart, record)));
        break;
      case DIVUW:
        setRd(hart, record, arithmetic.divuw(rs1(hart, record), rs2(hart, record)));
        break;
      case REMW:
        setRd(hart, record, arithmetic.remw(rs1(hart, record), rs2(hart, record)));
        break;
      case REMUW:
        setRd(hart, record, arithmetic.remuw(rs1(hart, record), rs2(hart, record)));
        break;
      case LB:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry) == tag(address, 1)) {
            setRd(hart, record, <u64>(<i64>load<i8>(at(address, entry, 0))));
            break;
          }
          store<i32>(BUDGET, budget);
          record = loadSlow(record, address, 0);
          continue;
        }
      case LH:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry) == tag(address, 2)) {
            setRd(hart, record, <u64>(<i64>load<i16>(at(address, entry, 0))));
            break;
          }
          store<i32>(BUDGET, budget);
          record = loadSlow(record, address, 1);
          continue;
        }
      case LW:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry) == tag(address, 4)) {
            setRd(hart, record, <u64>(<i64>load<i32>(at(address, entry, 0))));
            break;
          }
          store<i32>(BUDGET, budget);
          record = loadSlow(record, address, 2);
          continue;
        }
      case LD:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry) == tag(address, 8)) {
            setRd(hart, record, load<u64>(at(address, entry, 0)));
            break;
          }
          store<i32>(BUDGET, budget);
          record = loadSlow(record, address, 3);
          continue;
        }
      case LBU:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry) == tag(address, 1)) {
            setRd(hart, record, <u64>load<u8>(at(address, entry, 0)));
            break;
          }
          store<i32>(BUDGET, budget);
          record = loadSlow(record, address, 4);
          continue;
        }
      case LHU:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry) == tag(address, 2)) {
            setRd(hart, record, <u64>load<u16>(at(address, entry, 0)));
            break;
          }
          store<i32>(BUDGET, budget);
          record = loadSlow(record, address, 5);
          continue;
        }
      case LWU:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry) == tag(address, 4)) {
            setRd(hart, record, <u64>load<u32>(at(address, entry, 0)));
            break;
          }
          store<i32>(BUDGET, budget);
          record = loadSlow(record, address, 6);
          continue;
        }
      case SB:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry, TLB_WRITE) == tag(address, 1)) {
            store<u8>(at(address, entry, TLB_WRITE), rs2(hart, record));
            break;
          }
          store<i32>(BUDGET, budget);
          record = storeSlow(record, address, 0);
          continue;
        }
      case SH:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry, TLB_WRITE) == tag(address, 2)) {
            store<u16>(at(address, entry, TLB_WRITE), rs2(hart, record));
            break;
          }
          store<i32>(BUDGET, budget);
          record = storeSlow(record, address, 1);
          continue;
        }
      case SW:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry, TLB_WRITE) == tag(address, 4)) {
            store<u32>(at(address, entry, TLB_WRITE), rs2(hart, record));
            break;
          }
          store<i32>(BUDGET, budget);
          record = storeSlow(record, address, 2);
          continue;
        }
      case SD:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry, TLB_WRITE) == tag(address, 8)) {
            store<u64>(at(address, entry, TLB_WRITE), rs2(hart, record));
            break;
          }
          store<i32>(BUDGET, budget);
          record = storeSlow(record, address, 3);
          continue;
        }
      // Each way has a tail of its own: with one for both, by the link that the condition chooses, branchy code took 1.4 times
      // as long.
      case BEQ:
        if (rs1(hart, record) == rs2(hart, record)) {
          const next = <usize>load<u32>(record, LINK_TAKEN);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_TAKEN, <i32>offsetOf(record) + load<i32>(record, RECORD_IMMEDIATE));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        } else {
          const next = <usize>load<u32>(record, LINK_NEXT);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_NEXT, <i32>rdOf(record));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        }
      case BNE:
        if (rs1(hart, record) != rs2(hart, record)) {
          const next = <usize>load<u32>(record, LINK_TAKEN);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_TAKEN, <i32>offsetOf(record) + load<i32>(record, RECORD_IMMEDIATE));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        } else {
          const next = <usize>load<u32>(record, LINK_NEXT);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_NEXT, <i32>rdOf(record));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        }
      case BLT:
        if (<i64>rs1(hart, record) < <i64>rs2(hart, record)) {
          const next = <usize>load<u32>(record, LINK_TAKEN);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_TAKEN, <i32>offsetOf(record) + load<i32>(record, RECORD_IMMEDIATE));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        } else {
          const next = <usize>load<u32>(record, LINK_NEXT);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_NEXT, <i32>rdOf(record));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        }
      case BGE:
        if (<i64>rs1(hart, record) >= <i64>rs2(hart, record)) {
          const next = <usize>load<u32>(record, LINK_TAKEN);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_TAKEN, <i32>offsetOf(record) + load<i32>(record, RECORD_IMMEDIATE));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        } else {
          const next = <usize>load<u32>(record, LINK_NEXT);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_NEXT, <i32>rdOf(record));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        }
      case BLTU:
        if (rs1(hart, record) < rs2(hart, record)) {
          const next = <usize>load<u32>(record, LINK_TAKEN);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_TAKEN, <i32>offsetOf(record) + load<i32>(record, RECORD_IMMEDIATE));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        } else {
          const next = <usize>load<u32>(record, LINK_NEXT);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_NEXT, <i32>rdOf(record));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        }
      case BGEU:
        if (rs1(hart, record) >= rs2(hart, record)) {
          const next = <usize>load<u32>(record, LINK_TAKEN);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_TAKEN, <i32>offsetOf(record) + load<i32>(record, RECORD_IMMEDIATE));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        } else {
          const next = <usize>load<u32>(record, LINK_NEXT);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_NEXT, <i32>rdOf(record));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        }
      case JAL:
        setRd(hart, record, load<u64>(PC_PAGE) + <u64>rs2Of(record));
        {
          const next = <usize>load<u32>(record, LINK_TAKEN);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_TAKEN, <i32>offsetOf(record) + load<i32>(record, RECORD_IMMEDIATE));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        }
      case END:
        {
          const next = <usize>load<u32>(record, LINK_NEXT);
          const left = budget - load<i32>(next);
          if (left >= 0) {
            budget = left;
            record = next + BLOCK_HEADER_BYTES;
            continue;
          }
          store<i32>(BUDGET, budget);
          record = follow(record + LINK_NEXT, <i32>offsetOf(record));
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        }
      case JALR:
        {
          const target = (rs1(hart, record) + immediate(record)) & ~<u64>1;
          setRd(hart, record, load<u64>(PC_PAGE) + <u64>rs2Of(record));
          store<u64>(PC, target);
          store<i32>(BUDGET, budget);
          record = enter();
          budget = load<i32>(BUDGET);
          tlb = <usize>load<u32>(DATA_TLB);
          continue;
        }
      case FENCE:
      case FENCE_TSO:
      case FENCE_I:
        // Stores are seen in order, and drop the decoded code that they hit.
        break;
      case CSRRW:
        store<i32>(BUDGET, budget);
        record = csr(record, CSR_WRITE, rs1(hart, record));
        continue;
      case CSRRS:
        store<i32>(BUDGET, budget);
        record = csr(record, CSR_SET, rs1(hart, record));
        continue;
      case CSRRC:
        store<i32>(BUDGET, budget);
        record = csr(record, CSR_CLEAR, rs1(hart, record));
        continue;
      case CSRRWI:
        store<i32>(BUDGET, budget);
        record = csr(record, CSR_WRITE, <u64>(rs1Of(record) >>> 3));
        continue;
      case CSRRSI:
        store<i32>(BUDGET, budget);
        record = csr(record, CSR_SET, <u64>(rs1Of(record) >>> 3));
        continue;
      case CSRRCI:
        store<i32>(BUDGET, budget);
        record = csr(record, CSR_CLEAR, <u64>(rs1Of(record) >>> 3));
        continue;
      case LR_W:
        store<i32>(BUDGET, budget);
        record = loadReserved(record, 4);
        continue;
      case SC_W:
        store<i32>(BUDGET, budget);
        record = storeConditional(record, 4);
        continue;
      case AMOSWAP_W:
      case AMOADD_W:
      case AMOXOR_W:
      case AMOAND_W:
      case AMOOR_W:
      case AMOMIN_W:
      case AMOMAX_W:
      case AMOMINU_W:
      case AMOMAXU_W:
        store<i32>(BUDGET, budget);
        record = amo(record, opcodeOf(record), 4);
        continue;
      case LR_D:
        store<i32>(BUDGET, budget);
        record = loadReserved(record, 8);
        continue;
      case SC_D:
        store<i32>(BUDGET, budget);
        record = storeConditional(record, 8);
        continue;
      case AMOSWAP_D:
      case AMOADD_D:
      case AMOXOR_D:
      case AMOAND_D:
      case AMOOR_D:
      case AMOMIN_D:
      case AMOMAX_D:
      case AMOMINU_D:
      case AMOMAXU_D:
        store<i32>(BUDGET, budget);
        record = amo(record, opcodeOf(record), 8);
        continue;
      case FLW:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry) == tag(address, 4) && floatStatus() == FS) {
            setRd(hart, record, 0xffffffff00000000 | <u64>load<u32>(at(address, entry, 0)));
            break;
          }
          store<i32>(BUDGET, budget);
          record = loadFloat(record, address, NAN_BOXED);
          continue;
        }
      case FLD:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry) == tag(address, 8) && floatStatus() == FS) {
            setRd(hart, record, load<u64>(at(address, entry, 0)));
            break;
          }
          store<i32>(BUDGET, budget);
          record = loadFloat(record, address, 3);
          continue;
        }
      case FSW:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry, TLB_WRITE) == tag(address, 4) && floatStatus() != 0) {
            store<u32>(at(address, entry, TLB_WRITE), rs2(hart, record));
            break;
          }
          store<i32>(BUDGET, budget);
          record = storeFloat(record, address, 2);
          continue;
        }
      case FSD:
        {
          const address = rs1(hart, record) + immediate(record);
          const entry = tlbEntry(tlb, address);
          if (load<u64>(entry, TLB_WRITE) == tag(address, 8) && floatStatus() != 0) {
            store<u64>(at(address, entry, TLB_WRITE), rs2(hart, record));
            break;
          }
          store<i32>(BUDGET, budget);
          record = storeFloat(record, address, 3);
          continue;
        }
      case FADD_S:
      case FSUB_S:
      case FMUL_S:
      case FDIV_S:
      case FSQRT_S:
      case FMADD_S:
      case FMSUB_S:
      case FNMSUB_S:
      case FNMADD_S:
      case FCVT_W_S:
      case FCVT_WU_S:
      case FCVT_L_S:
      case FCVT_LU_S:
      case FCVT_S_W:
      case FCVT_S_WU:
      case FCVT_S_L:
      case FCVT_S_LU:
      case FADD_D:
      case FSUB_D:
      case FMUL_D:
      case FDIV_D:
      case FSQRT_D:
      case FMADD_D:
      case FMSUB_D:
      case FNMSUB_D:
      case FNMADD_D:
      case FCVT_W_D:
      case FCVT_WU_D:
      case FCVT_L_D:
      case FCVT_LU_D:
      case FCVT_D_W:
      case FCVT_D_WU:
      case FCVT_D_L:
      case FCVT_D_LU:
      case FCVT_S_D:
      case FCVT_D_S:
        store<i32>(BUDGET, budget);
        record = roundedFloat(record);
        continue;
      case FSGNJ_S:
      case FSGNJN_S:
      case FSGNJX_S:
      case FMIN_S:
      case FMAX_S:
      case FEQ_S:
      case FLT_S:
      case FLE_S:
      case FCLASS_S:
      case FSGNJ_D:
      case FSGNJN_D:
      case FSGNJX_D:
      case FMIN_D:
      case FMAX_D:
      case FEQ_D:
      case FLT_D:
      case FLE_D:
      case FCLASS_D:
      case FMV_X_W:
      case FMV_W_X:
      case FMV_X_D:
      case FMV_D_X:
        store<i32>(BUDGET, budget);
        record = plainFloat(record);
        continue;
      case ECALL:
        store<i32>(BUDGET, budget);
        record = trap(record, CAUSE_USER_ECALL + privilege(), 0);
        continue;
      case EBREAK:
        store<i32>(BUDGET, budget);
        record = trap(record, CAUSE_BREAKPOINT, 0);
        continue;
      case ILLEGAL:
        store<i32>(BUDGET, budget);
        record = trap(record, CAUSE_ILLEGAL, wordOf(record));
        continue;
      case MRET:
        store<i32>(BUDGET, budget);
        record = mret(record);
        continue;
      case SRET:
        store<i32>(BUDGET, budget);
        record = sret(record);
        continue;
      case WFI:
        store<i32>(BUDGET, budget);
        record = wfi(record);
        continue;
      case SFENCE_VMA:
        store<i32>(BUDGET, budget);
        record = sfence(record);
        continue;
      case BREAK:
        store<i32>(BUDGET, budget);
        record = breakpoint(record);
        continue;
      case EVENT_OP:
        record = afterEvent();
        budget = load<i32>(BUDGET);
        tlb = <usize>load<u32>(DATA_TLB);
        continue;
      case GENERATED:
        record = call_indirect<usize>(wordOf(record), <u32>rdOf(record), budget + <i32>rs1Of(record), <u32>tlb);
        if (record == 0) record = enterFromGenerated();
        budget = load<i32>(BUDGET);
        tlb = <usize>load<u32>(DATA_TLB);
        continue;
      case CUT:
        // The end of the budget: takes back what the block's rest was charged.
        mend();
        store<u64>(PC, pcOf(record));
        store<i32>(BUDGET, budget + leftOf(record));
        store<u32>(hart, <u32>record, HART_NEXT);
        store<u32>(hart, load<u32>(PC_TABLE), HART_NEXT_TABLE);
        return;
      case EXIT_OP:
        store<i32>(BUDGET, budget);
        return;
      default:
        unreachable();
    }
    record += RECORD_BYTES;
  }
}

function csr(record: usize, kind: u32, operand: u64): usize {
  const word = wordOf(record);
  const writes = kind == CSR_WRITE || rs1Of(record) != 0;
  return csrInstruction(record, kind, operand, word >>> 20, writes, word);
}

/** Orders nothing: no TLB ever holds what page tables no longer say (`noteTableWrite` in pages.ts). */
function sfence(record: usize): usize {
  const now = privilege();
  if (now == USER || (now == SUPERVISOR && (hartState(HART_MSTATUS) & TVM) != 0)) {
    return trap(record, CAUSE_ILLEGAL, wordOf(record));
  }
  return leave(record);
}

/** Stops at a breakpoint, once: a run that starts where the last one stopped for it goes on. Then the guest's triggers. */
function breakpoint(record: usize): usize {
  const pc = pcOf(record);
  if (isBreakpoint(pc) && !isReported(record, pc)) return stopBefore(record, STOP_BREAKPOINT);
  return triggersOnExecute(pc) ? trap(record, CAUSE_BREAKPOINT, 0) : following(record);
}

/** Reports it if it was not. */
function isReported(record: usize, pc: u64): bool {
  const retired = retiredNow() - <u64>leftOf(record);
  if (hartState(HART_REPORTED_BREAKPOINT) == pc && hartState(HART_REPORTED_AT) == retired) return true;
  setHartState(HART_REPORTED_BREAKPOINT, pc);
  setHartState(HART_REPORTED_AT, retired);
  return false;
}
