import { readVirtual } from '../../debug-adapter/embedded/guest-memory';
import { hartFrames } from '../../debug-adapter/embedded/hart-stack';
import { decode } from '../../debug-adapter/emulator/isa/decode';
import type { Machine } from '../../debug-adapter/emulator/machine/machine';

const ra = 1;
const [mtvec, mepc] = [0x305, 0x341];

/** Runs a hart in M mode instruction by instruction, and notes what it comes back to. */
export class Witness {
  /** @param open where each call and each trap that is not over goes on, the outermost first */
  constructor(
    readonly machine: Machine,
    readonly open: bigint[] = [],
    private clockNs = 0,
  ) {}

  /** The stack as it should be: innermost first. */
  get expected(): bigint[] {
    return [this.#pc, ...[...this.open].reverse()];
  }

  get unwound(): bigint[] {
    return hartFrames(this.machine, 0).map(({ pc }) => pc);
  }

  step(): void {
    const before = this.#pc;
    const instruction = decode(this.#word(before))!;
    const run = this.machine.runHart(0, 1, this.clockNs);
    this.clockNs += run.instructionCount * this.machine.nsPerInstruction;
    const { operation, rd, rs1, byteCount } = instruction;
    const vector = this.#csr(mtvec) & ~3n;
    // A trap and its handler's first instruction are one step.
    if (vector !== 0n && before !== vector && this.#pc === vector + BigInt(decode(this.#word(vector))!.byteCount)) {
      this.open.push(this.#csr(mepc));
    } else if ((operation === 'jal' || operation === 'jalr') && rd === ra) {
      this.open.push(before + BigInt(byteCount));
    } else if ((operation === 'jalr' && rd === 0 && rs1 === ra) || operation === 'mret') {
      this.open.pop();
    }
  }

  get #pc(): bigint {
    return this.machine.core.pc.get(0);
  }

  #csr(csr: number): bigint {
    return this.machine.core.readCsr(0, csr)!;
  }

  #word(address: bigint): number {
    const bytes = readVirtual(this.machine, 0, address, 4);
    return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
  }
}
