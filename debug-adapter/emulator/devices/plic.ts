import type { Device } from './device';
import { type PlicState, plicSourceCount, plicWordCount as wordCount } from './plic-state';

const priorityMask = 7;

const pendingBase = 0x1000;
const enableBase = 0x2000;
const enableStride = 0x80;
const contextBase = 0x20_0000;
const contextStride = 0x1000;

/**
 * Platform-level interrupt controller (RISC-V PLIC specification 1.0), as QEMU 7.2's `sifive_plic` on `virt`: 3 bits of
 * priority, one context for M and one for S of each hart.
 *
 * | offset | register |
 * |---|---|
 * | 4 × source | priority |
 * | 0x1000 | pending, one bit a source, read-only |
 * | 0x2000 + 0x80 × context | enable, one bit a source |
 * | 0x200000 + 0x1000 × context | threshold |
 * | 0x200004 + 0x1000 × context | claim (read) and complete (write) |
 *
 * A request is latched each time a device raises its wire, also when it was up before or its source is claimed, and
 * stays pending until it is claimed, whatever the wire does. A completion looks at no wire: a device that wants to
 * be heard again raises it again. What the contexts hear is found anew at each request and each access but those to
 * the enable bits, which count from the next one on. A claim respects the context's threshold.
 */
export class Plic implements Device {
  /** By source. */
  private readonly _priorities = new Array<number>(plicSourceCount + 1).fill(0);
  private readonly _pending = new Uint32Array(wordCount);
  private readonly _claimed = new Uint32Array(wordCount);
  private readonly _enables: Uint32Array[];
  private readonly _thresholds: number[];
  /** By context. */
  private readonly _outputs: boolean[];

  /** @param changed some context's output may have a new level */
  constructor(
    contextCount: number,
    private readonly changed: () => void,
  ) {
    this._enables = Array.from({ length: contextCount }, () => new Uint32Array(wordCount));
    this._thresholds = new Array<number>(contextCount).fill(0);
    this._outputs = new Array<boolean>(contextCount).fill(false);
  }

  /** The device sets its wire, to the level that it had or to another. */
  setSource(source: number, level: boolean): void {
    if (!level) return;
    setBit(this._pending, source, true);
    this.#update();
  }

  /** The context's interrupt wire to its hart. */
  output(context: number): boolean {
    return this._outputs[context]!;
  }

  read(offset: number, size: number): bigint | 'fault' {
    if (size !== 4 || offset % 4 !== 0) return 'fault';
    return BigInt(this.#readWord(offset));
  }

  write(offset: number, size: number, value: bigint): 'ok' | 'fault' {
    if (size !== 4 || offset % 4 !== 0) return 'fault';
    this.#writeWord(offset, Number(BigInt.asUintN(32, value)));
    return 'ok';
  }

  save(): PlicState {
    return {
      priorities: [...this._priorities],
      pending: [...this._pending],
      claimed: [...this._claimed],
      enables: this._enables.map((words) => [...words]),
      thresholds: [...this._thresholds],
      outputs: [...this._outputs],
    };
  }

  /** Devices at the other ends of the wires are restored before: what they raise then is in the state, or is no news. */
  restore(state: PlicState): void {
    for (let source = 0; source <= plicSourceCount; source++) this._priorities[source] = state.priorities[source] ?? 0;
    for (let word = 0; word < wordCount; word++) {
      this._claimed[word] = state.claimed[word] ?? 0;
      this._pending[word] = state.pending[word] ?? 0;
    }
    for (let context = 0; context < this._thresholds.length; context++) {
      this._enables[context]!.fill(0);
      this._enables[context]!.set((state.enables[context] ?? []).slice(0, wordCount));
      this._thresholds[context] = state.thresholds[context] ?? 0;
      this._outputs[context] = state.outputs?.[context] ?? this.#best(context) !== 0;
    }
    this.changed();
  }

  #readWord(offset: number): number {
    if (offset <= plicSourceCount * 4) return this._priorities[offset / 4]!;
    if (offset >= pendingBase && offset < pendingBase + wordCount * 4)
      return this._pending[(offset - pendingBase) / 4]!;
    if (offset >= enableBase && offset < contextBase) {
      const target = this.#enableWord(offset);
      return target ? target.words[target.word]! : 0;
    }
    const context = Math.floor((offset - contextBase) / contextStride);
    if (context < 0 || context >= this._thresholds.length) return 0;
    switch ((offset - contextBase) % contextStride) {
      case 0:
        return this._thresholds[context]!;
      case 4:
        return this.#claim(context);
      default:
        return 0;
    }
  }

  #writeWord(offset: number, value: number): void {
    if (offset <= plicSourceCount * 4) {
      if (offset === 0) return;
      this._priorities[offset / 4] = value & priorityMask;
      this.#update();
      return;
    }
    if (offset >= enableBase && offset < contextBase) {
      const target = this.#enableWord(offset);
      if (target) target.words[target.word] = value;
      return;
    }
    const context = Math.floor((offset - contextBase) / contextStride);
    if (context < 0 || context >= this._thresholds.length) return;
    switch ((offset - contextBase) % contextStride) {
      case 0:
        this._thresholds[context] = value & priorityMask;
        this.#update();
        break;
      case 4:
        this.#complete(value);
        break;
    }
  }

  #enableWord(offset: number): { words: Uint32Array; word: number } | undefined {
    const words = this._enables[Math.floor((offset - enableBase) / enableStride)];
    const word = ((offset - enableBase) % enableStride) / 4;
    return words && word < wordCount ? { words, word } : undefined;
  }

  #claim(context: number): number {
    const source = this.#best(context);
    if (source !== 0) {
      setBit(this._pending, source, false);
      setBit(this._claimed, source, true);
    }
    this.#update();
    return source;
  }

  /** Of any context, whichever has claimed it. */
  #complete(source: number): void {
    if (source >= plicSourceCount) return;
    setBit(this._claimed, source, false);
    this.#update();
  }

  #update(): void {
    for (let context = 0; context < this._outputs.length; context++) {
      this._outputs[context] = this.#best(context) !== 0;
    }
    this.changed();
  }

  /** The pending, enabled, unclaimed source of highest priority above the threshold, lowest number first; 0 if none. */
  #best(context: number): number {
    let best = 0;
    let bestPriority = this._thresholds[context]!;
    const enables = this._enables[context]!;
    for (let word = 0; word < wordCount; word++) {
      let ready = this._pending[word]! & ~this._claimed[word]! & enables[word]!;
      while (ready !== 0) {
        const index = 31 - Math.clz32(ready & -ready);
        ready &= ready - 1;
        const priority = this._priorities[word * 32 + index]!;
        if (priority > bestPriority) {
          best = word * 32 + index;
          bestPriority = priority;
        }
      }
    }
    return best;
  }
}

function setBit(words: Uint32Array, index: number, value: boolean): void {
  const mask = 1 << (index & 31);
  words[index >>> 5] = value ? words[index >>> 5]! | mask : words[index >>> 5]! & ~mask;
}
