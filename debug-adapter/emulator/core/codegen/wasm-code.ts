/** WebAssembly's opcodes that are no arithmetic. */
export const op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  drop: 0x1a,
  returnCallIndirect: 0x13,
  i32Load: 0x28,
  i64Load: 0x29,
  i64Load8S: 0x30,
  i64Load8U: 0x31,
  i64Load16S: 0x32,
  i64Load16U: 0x33,
  i64Load32S: 0x34,
  i64Load32U: 0x35,
  i32Load16U: 0x2f,
  i32Store: 0x36,
  i64Store: 0x37,
  i64Store8: 0x3c,
  i64Store16: 0x3d,
  i64Store32: 0x3e,
  i32Eqz: 0x45,
  i32LtS: 0x48,
  i64Eqz: 0x50,
  i64Eq: 0x51,
  i64Ne: 0x52,
  i64LtS: 0x53,
  i64LtU: 0x54,
  i64GeS: 0x59,
  i64GeU: 0x5a,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  i32Shl: 0x74,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64And: 0x83,
  i64Or: 0x84,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
} as const;

export const noType = 0x40;
export const i32 = 0x7f;
export const i64 = 0x7e;

/** Bytes of a function's body, one instruction after the other. */
export class WasmCode {
  #bytes = new Uint8Array(1 << 14);
  #length = 0;
  /** Of the blocks that are open, outermost first. */
  readonly #labels: string[] = [];

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  op(first: number, second?: number, third?: number): this {
    this.#push(first);
    if (second !== undefined) this.#push(second);
    if (third !== undefined) this.#push(third);
    return this;
  }

  /** A block, loop or if, up to its `close`. */
  open(opcode: number, label: string, type: number = noType): this {
    this.#labels.push(label);
    return this.op(opcode, type);
  }

  close(): this {
    this.#labels.pop();
    return this.op(op.end);
  }

  branch(label: string, opcode: number = op.br): this {
    return this.op(opcode).unsigned(this.depthOf(label));
  }

  /** How many blocks a branch to the innermost of that name leaves besides it. */
  depthOf(label: string): number {
    return this.#labels.length - 1 - this.#labels.lastIndexOf(label);
  }

  get(local: number): this {
    return this.op(0x20).unsigned(local);
  }

  set(local: number): this {
    return this.op(0x21).unsigned(local);
  }

  tee(local: number): this {
    return this.op(0x22).unsigned(local);
  }

  i32Const(value: number): this {
    return this.op(0x41).#signed(value | 0);
  }

  i64Const(value: bigint | number): this {
    this.op(0x42);
    if (typeof value === 'number' && value === (value | 0)) return this.#signed(value);
    let rest = BigInt.asIntN(64, BigInt(value));
    for (; rest < -64n || rest > 63n; rest >>= 7n) this.#push(Number(rest & 0x7fn) | 0x80);
    this.#push(Number(rest & 0x7fn));
    return this;
  }

  /** A load or store with no more than byte alignment promised. */
  memory(opcode: number, offset: number): this {
    return this.op(opcode, 0).unsigned(offset);
  }

  unsigned(value: number): this {
    let rest = value >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.#push((rest & 0x7f) | 0x80);
    this.#push(rest);
    return this;
  }

  append(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#push(byte);
    return this;
  }

  #signed(value: number): this {
    let rest = value;
    for (; rest < -64 || rest > 63; rest >>= 7) this.#push((rest & 0x7f) | 0x80);
    this.#push(rest & 0x7f);
    return this;
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
  }
}

/** Import names of the memory and of the table that all functions share; the export's name. */
export const imported = { module: 'env', memory: 'memory', table: 'table', fused: 'fused' } as const;
export const exported = 'page';

/**
 * A module of one function, (i32, i32, i32) → i32, type 0. Function 0 is the core's fused multiplication. `locals` are pairs of a count and a type, behind the
 * parameters.
 */
export function moduleOf(
  body: Uint8Array,
  locals: readonly (readonly [count: number, type: number])[],
  memoryPageCount: number,
  tableLength: number,
): Uint8Array<ArrayBuffer> {
  const name = (code: WasmCode, text: string) =>
    code.unsigned(text.length).append([...text].map((letter) => letter.charCodeAt(0)));
  const code = new WasmCode().append([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const section = (id: number, write: (content: WasmCode) => void) => {
    const content = new WasmCode();
    write(content);
    code.op(id).unsigned(content.bytes.length).append(content.bytes);
  };
  section(1, (types) => types.append([2, 0x60, 3, i32, i32, i32, 1, i32, 0x60, 3, i64, i64, i64, 1, i64]));
  section(2, (imports) => {
    imports.op(3);
    name(name(imports, imported.module), imported.memory).op(2, 1).unsigned(memoryPageCount).unsigned(memoryPageCount);
    name(name(imports, imported.module), imported.fused).op(0, 1);
    name(name(imports, imported.module), imported.table).op(1, 0x70, 1).unsigned(tableLength).unsigned(tableLength);
  });
  section(3, (functions) => functions.op(1, 0));
  section(7, (exports) => name(exports.op(1), exported).op(0, 1));
  section(10, (codes) => {
    const head = new WasmCode().unsigned(locals.length);
    for (const [count, type] of locals) head.unsigned(count).op(type);
    codes
      .op(1)
      .unsigned(head.bytes.length + body.length)
      .append(head.bytes)
      .append(body);
  });
  return Uint8Array.from(code.bytes);
}
