import { decode } from '../emulator/isa/decode';
import { PathState, ra, t0 } from './state';
import { constant, type Value } from './values';

/** Instructions that are looked at before the search is given up. */
const instructionCountMax = 4096;

const branches: ReadonlySet<string> = new Set(['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu']);

/** How a path through code leaves the function. */
export type Ending =
  | { readonly kind: 'return'; readonly to: Value | undefined }
  /** By `mret` or `sret`. */
  | { readonly kind: 'trap-return'; readonly mode: 'machine' | 'supervisor' }
  /** To an address that is not known: a tail call, or a `switch`. */
  | { readonly kind: 'jump' }
  /** It has come to the address that was looked for. */
  | { readonly kind: 'arrival' };

interface Path {
  pc: bigint;
  readonly state: PathState;
}

/**
 * Follows code from `start` on all ways through it, without running it: calls return, branches go both ways, each
 * instruction is passed once. Ends with the first ending that `accept` makes something of.
 * @param code the word at an address: of a compressed instruction its two bytes are enough
 * @param goal passing it is an arrival
 */
export function followPaths<T>(
  start: bigint,
  code: (address: bigint) => number | undefined,
  accept: (ending: Ending, state: PathState) => T | undefined,
  goal?: bigint,
): T | undefined {
  const seen = new Set<bigint>();
  const paths: Path[] = [{ pc: start, state: new PathState() }];
  for (let path = paths.shift(); path; path = paths.shift()) {
    while (seen.size < instructionCountMax) {
      if (path.pc === goal) {
        const arrived = accept({ kind: 'arrival' }, path.state);
        if (arrived !== undefined) return arrived;
        break;
      }
      if (seen.has(path.pc)) break;
      seen.add(path.pc);
      const next = step(path, code(path.pc));
      if (!next) break;
      if ('kind' in next) {
        const accepted = accept(next, path.state);
        if (accepted !== undefined) return accepted;
        break;
      }
      const [pc, ...others] = next;
      for (const other of others) paths.push({ pc: other, state: path.state.fork() });
      path.pc = pc!;
    }
  }
  return undefined;
}

/** Where one instruction leads: addresses, or an ending; undefined for what is no instruction. */
function step({ pc, state }: Path, word: number | undefined): readonly bigint[] | Ending | undefined {
  const instruction = word === undefined ? undefined : decode(word);
  if (!instruction) return undefined;
  const { operation, rd, rs1, imm, byteCount } = instruction;
  const next = pc + BigInt(byteCount);
  const target = BigInt.asUintN(64, pc + BigInt(imm));
  if (branches.has(operation)) return [next, target];
  switch (operation) {
    case 'jal':
      if (rd === ra) state.returnFromCall();
      // A routine called by the other link register works on this frame: it is followed.
      else state.setRegister(rd, constant(next));
      return [rd === ra ? next : target];
    case 'jalr':
      if (rd !== 0) {
        state.returnFromCall();
        return [next];
      }
      return jumpEnding(state.register(rs1), rs1, imm);
    case 'mret':
      return { kind: 'trap-return', mode: 'machine' };
    case 'sret':
      return { kind: 'trap-return', mode: 'supervisor' };
    case 'ecall':
      state.returnFromEnvironment();
      return [next];
    default:
      state.execute(instruction, pc);
      return [next];
  }
}

function jumpEnding(to: Value | undefined, register: number, imm: number): readonly bigint[] | Ending {
  if (to?.origin.kind === 'number') return [BigInt.asUintN(64, to.offset + BigInt(imm)) & ~1n];
  return register === ra || register === t0 ? { kind: 'return', to } : { kind: 'jump' };
}
