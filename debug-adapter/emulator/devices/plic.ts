import type { PlicState } from '../machine/machine-state';
import type { Device } from './device';

export const plicSourceCount = 96;
const wordCount = plicSourceCount / 32;
const priorityMask = 7;

const pendingBase = 0x1000;
const enableBase = 0x2000;
const enableStride = 0x80;
const contextBase = 0x20_0000;
const contextStride = 0x1000;

/**
 * Platform-level interrupt controller (RISC-V PLIC specification 1.0), shaped as QEMU's `sifive_plic` on `virt`: 96
 * sources of which 0 does not exist, 3 bits of priority, one context for M and one for S of each hart.
 *
 * | offset | register |
 * |---|---|
 * | 4 × source | priority |
 * | 0x1000 | pending, one bit a source, read-only |
 * | 0x2000 + 0x80 × context | enable, one bit a source |
 * | 0x200000 + 0x1000 × context | threshold |
 * | 0x200004 + 0x1000 × context | claim (read) and complete (write) |
 *
 * A source's pending bit follows its wire until a context claims it; on completion the wire is sampled again. As in
 * QEMU a claim respects the context's threshold.
 */
export class Plic implements Device {
  readonly #priorities = new Array<number>(plicSourceCount).fill(0);
  readonly #pending = new Uint32Array(wordCount);
  readonly #claimed = new Uint32Array(wordCount);
  readonly #enables: Uint32Array[];
  readonly #thresholds: number[];
  /** Levels of the incoming wires: not state, the devices at their other ends know them. */
  readonly #wires = new Uint32Array(wordCount);

  /** @param changed some context's output may have a new level */
  constructor(
    contextCount: number,
    private readonly changed: () => void,
  ) {
    this.#enables = Array.from({ length: contextCount }, () => new Uint32Array(wordCount));
    this.#thresholds = new Array<number>(contextCount).fill(0);
  }

  setSource(source: number, level: boolean): void {
    if (bit(this.#wires, source) === level) return;
    setBit(this.#wires, source, level);
    setBit(this.#pending, source, level);
    this.changed();
  }

  /** The context's interrupt wire to its hart. */
  output(context: number): boolean {
    return this.#best(context) !== 0;
  }

  read(offset: number, size: number): bigint | 'fault' {
    if (size !== 4 || offset % 4 !== 0) return 'fault';
    return BigInt(this.#readWord(offset));
  }

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' {
    if (size !== 4 || offset % 4 !== 0) return 'fault';
    this.#writeWord(offset, Number(BigInt.asUintN(32, value)));
    this.changed();
    return 'ok';
  }

  save(): PlicState {
    return {
      priorities: [...this.#priorities],
      pending: Array.from({ length: wordCount }, (_, word) => this.#pendingWord(word)),
      claimed: [...this.#claimed],
      enables: this.#enables.map((words) => [...words]),
      thresholds: [...this.#thresholds],
    };
  }

  /**
   * Wires keep their levels: the devices at their other ends are restored before. A wire that is up although the state
   * does not have it so (a port that QEMU lets wait for a timeout raises it here at once) is pending.
   */
  restore(state: PlicState): void {
    for (let source = 0; source < plicSourceCount; source++) this.#priorities[source] = state.priorities[source] ?? 0;
    for (let word = 0; word < wordCount; word++) {
      const claimed = state.claimed[word] ?? 0;
      this.#claimed[word] = claimed;
      this.#pending[word] = (state.pending[word] ?? 0) | (this.#wires[word]! & ~claimed);
    }
    for (let context = 0; context < this.#thresholds.length; context++) {
      this.#enables[context]!.fill(0);
      this.#enables[context]!.set((state.enables[context] ?? []).slice(0, wordCount));
      this.#thresholds[context] = state.thresholds[context] ?? 0;
    }
    this.changed();
  }

  #readWord(offset: number): number {
    if (offset < plicSourceCount * 4) return this.#priorities[offset / 4]!;
    if (offset >= pendingBase && offset < pendingBase + wordCount * 4)
      return this.#pendingWord((offset - pendingBase) / 4);
    if (offset >= enableBase && offset < contextBase) {
      const target = this.#enableWord(offset);
      return target ? target.words[target.word]! : 0;
    }
    const context = Math.floor((offset - contextBase) / contextStride);
    if (context < 0 || context >= this.#thresholds.length) return 0;
    switch ((offset - contextBase) % contextStride) {
      case 0:
        return this.#thresholds[context]!;
      case 4:
        return this.#claim(context);
      default:
        return 0;
    }
  }

  #writeWord(offset: number, value: number): void {
    if (offset < plicSourceCount * 4) {
      if (offset !== 0) this.#priorities[offset / 4] = value & priorityMask;
      return;
    }
    if (offset >= enableBase && offset < contextBase) {
      const target = this.#enableWord(offset);
      // Source 0 does not exist and cannot be enabled.
      if (target) target.words[target.word] = target.word === 0 ? value & ~1 : value;
      return;
    }
    const context = Math.floor((offset - contextBase) / contextStride);
    if (context < 0 || context >= this.#thresholds.length) return;
    switch ((offset - contextBase) % contextStride) {
      case 0:
        this.#thresholds[context] = value & priorityMask;
        break;
      case 4:
        this.#complete(value);
        break;
    }
  }

  /**
   * A claimed source whose wire is up counts as pending, as in QEMU: there the device raises its wire again and again,
   * and completion looks at no wire.
   */
  #pendingWord(word: number): number {
    return (this.#pending[word]! | (this.#wires[word]! & this.#claimed[word]!)) >>> 0;
  }

  #enableWord(offset: number): { words: Uint32Array; word: number } | undefined {
    const words = this.#enables[Math.floor((offset - enableBase) / enableStride)];
    const word = ((offset - enableBase) % enableStride) / 4;
    return words && word < wordCount ? { words, word } : undefined;
  }

  #claim(context: number): number {
    const source = this.#best(context);
    if (source !== 0) {
      setBit(this.#pending, source, false);
      setBit(this.#claimed, source, true);
      this.changed();
    }
    return source;
  }

  #complete(source: number): void {
    if (source === 0 || source >= plicSourceCount || !bit(this.#claimed, source)) return;
    setBit(this.#claimed, source, false);
    setBit(this.#pending, source, bit(this.#wires, source));
  }

  /** The pending, enabled, unclaimed source of highest priority above the threshold, lowest number first; 0 if none. */
  #best(context: number): number {
    let best = 0;
    let bestPriority = this.#thresholds[context]!;
    const enables = this.#enables[context]!;
    for (let word = 0; word < wordCount; word++) {
      let ready = this.#pending[word]! & ~this.#claimed[word]! & enables[word]!;
      while (ready !== 0) {
        const index = 31 - Math.clz32(ready & -ready);
        ready &= ready - 1;
        const priority = this.#priorities[word * 32 + index]!;
        if (priority > bestPriority) {
          best = word * 32 + index;
          bestPriority = priority;
        }
      }
    }
    return best;
  }
}

function bit(words: Uint32Array, index: number): boolean {
  return ((words[index >>> 5]! >>> (index & 31)) & 1) !== 0;
}

function setBit(words: Uint32Array, index: number, value: boolean): void {
  const mask = 1 << (index & 31);
  words[index >>> 5] = value ? words[index >>> 5]! | mask : words[index >>> 5]! & ~mask;
}
