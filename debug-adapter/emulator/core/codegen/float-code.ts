import { op, type WasmCode } from './wasm-code';

/** What the hart's state has to be for WebAssembly's own arithmetic to be right: see `floatStatus` in page-function.ts. */
export const floatIsOn = 1;
/** Rounding is to nearest, ties to even, and inexactness is noted already. */
export const floatRounds = 2;

/** How an instruction's function is written; its result stays on the stack, as bits of an x or f register. */
export interface FloatWriter {
  readonly code: WasmCode;
  /** Bits of a source, 1 to 3. */
  bits(source: number): void;
  /** Leaves before the instruction if the condition on the stack holds: the interpreter knows what else there is. */
  leaveIf(): void;
  /** Local for what is to be looked at before it is the result. */
  readonly result: number;
  /** Calls `fusedFast` of assembly/float/fast.ts on three doubles' bits. */
  fuse(): void;
}

export interface FloatRow {
  readonly needs: number;
  readonly sourceCount: number;
  /** The rounding mode that the instruction has to name, if not that of fcsr or to nearest. */
  readonly mode?: number;
  write(writer: FloatWriter): void;
}

const f64 = { reinterpret: 0xbf, bits: 0xbd, add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3, sqrt: 0x9f, abs: 0x99 };
const f64Compare = { feq: 0x61, flt: 0x63, fle: 0x65 };
const f64Ne = 0x62;
const f64Ge = 0x66;
const f64Const = 0x44;
const f32 = { reinterpret: 0xbe, bits: 0xbc, add: 0x92, sub: 0x93, mul: 0x94, div: 0x95, sqrt: 0x91 };
const f32Compare = { feq: 0x5b, flt: 0x5d, fle: 0x5f };
const f32Ne = 0x5c;
const i32GeU = 0x4f;
const i32ShrU = 0x76;
const i32Or = 0x72;
const i64ExtendI32S = 0xac;
const i64Xor = 0x85;
const convert = { 'fcvt.d.w': [0xa7, 0xb7], 'fcvt.d.wu': [0xa7, 0xb8], 'fcvt.d.l': [0xb9], 'fcvt.d.lu': [0xba] };
const demote = 0xb6;
const promote = 0xbb;
const truncate = 0xb0;
const boxed = 0xffff_ffff_0000_0000n;
const signBit = 1n << 63n;
const towardZero = 1;

const double = (writer: FloatWriter, source: number) => {
  writer.bits(source);
  writer.code.op(f64.reinterpret);
};

/** Leaves unless the upper half says that the lower one is a single. */
const checkBox = (writer: FloatWriter, source: number) => {
  writer.bits(source);
  writer.code.i64Const(32).op(op.i64ShrU).i64Const(0xffff_ffff).op(op.i64Ne);
  writer.leaveIf();
};

const single = (writer: FloatWriter, source: number) => {
  writer.bits(source);
  writer.code.op(op.i32WrapI64, f32.reinterpret);
};

/** As `isSafe64` and `isSafe32` of assembly/float/fast.ts: leaves unless no flag can have changed. */
const finish64 = (writer: FloatWriter) => {
  const { code, result } = writer;
  code.tee(result).i64Const(52).op(op.i64ShrU, op.i32WrapI64).i32Const(0x7ff).op(op.i32And).i32Const(2).op(op.i32Sub);
  code.i32Const(0x7fd).op(i32GeU);
  writer.leaveIf();
  code.get(result);
};

const finish32 = (writer: FloatWriter) => {
  const { code, result } = writer;
  code.op(f32.bits, op.i64ExtendI32U).tee(result).op(op.i32WrapI64);
  code.i32Const(23).op(i32ShrU).i32Const(0xff).op(op.i32And).i32Const(2).op(op.i32Sub).i32Const(0xfd).op(i32GeU);
  writer.leaveIf();
  code.get(result).i64Const(boxed).op(op.i64Or);
};

const rows: Record<string, FloatRow> = {};

for (const name of ['add', 'sub', 'mul', 'div'] as const) {
  rows[`f${name}.d`] = {
    needs: floatRounds,
    sourceCount: 2,
    write: (writer) => {
      double(writer, 1);
      double(writer, 2);
      writer.code.op(f64[name], f64.bits);
      finish64(writer);
    },
  };
  rows[`f${name}.s`] = {
    needs: floatRounds,
    sourceCount: 2,
    write: (writer) => {
      checkBox(writer, 1);
      checkBox(writer, 2);
      single(writer, 1);
      single(writer, 2);
      writer.code.op(f32[name]);
      finish32(writer);
    },
  };
}

rows['fsqrt.d'] = {
  needs: floatRounds,
  sourceCount: 1,
  write: (writer) => {
    double(writer, 1);
    writer.code.op(f64.sqrt, f64.bits);
    finish64(writer);
  },
};

/** Of product and addend. */
const fusedSigns = {
  fmadd: [0n, 0n],
  fmsub: [0n, signBit],
  fnmsub: [signBit, 0n],
  fnmadd: [signBit, signBit],
} as const;
for (const [name, [product, addend]] of Object.entries(fusedSigns)) {
  rows[`${name}.d`] = {
    needs: floatRounds,
    sourceCount: 3,
    write: (writer) => {
      writer.bits(1);
      if (product !== 0n) writer.code.i64Const(product).op(i64Xor);
      writer.bits(2);
      writer.bits(3);
      if (addend !== 0n) writer.code.i64Const(addend).op(i64Xor);
      writer.fuse();
      finish64(writer);
    },
  };
}

for (const name of ['feq', 'flt', 'fle'] as const) {
  rows[`${name}.d`] = {
    needs: floatIsOn,
    sourceCount: 2,
    write: (writer) => {
      for (const source of [1, 2]) {
        double(writer, source);
        double(writer, source);
        writer.code.op(f64Ne);
      }
      writer.code.op(i32Or);
      writer.leaveIf();
      double(writer, 1);
      double(writer, 2);
      writer.code.op(f64Compare[name], op.i64ExtendI32U);
    },
  };
  rows[`${name}.s`] = {
    needs: floatIsOn,
    sourceCount: 2,
    write: (writer) => {
      for (const source of [1, 2]) {
        checkBox(writer, source);
        single(writer, source);
        single(writer, source);
        writer.code.op(f32Ne);
        writer.leaveIf();
      }
      single(writer, 1);
      single(writer, 2);
      writer.code.op(f32Compare[name], op.i64ExtendI32U);
    },
  };
}

/** The first operand's bits with a sign made of the second's. */
const signed = (writer: FloatWriter, writeSign: () => void) => {
  const { code } = writer;
  writer.bits(1);
  code.i64Const(~signBit).op(op.i64And);
  writeSign();
  code.i64Const(signBit).op(op.i64And, op.i64Or);
};
rows['fsgnj.d'] = { needs: floatIsOn, sourceCount: 2, write: (writer) => signed(writer, () => writer.bits(2)) };
rows['fsgnjn.d'] = {
  needs: floatIsOn,
  sourceCount: 2,
  write: (writer) =>
    signed(writer, () => {
      writer.bits(2);
      writer.code.i64Const(-1).op(i64Xor);
    }),
};
rows['fsgnjx.d'] = {
  needs: floatIsOn,
  sourceCount: 2,
  write: (writer) =>
    signed(writer, () => {
      writer.bits(1);
      writer.bits(2);
      writer.code.op(i64Xor);
    }),
};

for (const name of ['fmv.x.d', 'fmv.d.x'])
  rows[name] = { needs: floatIsOn, sourceCount: 1, write: (writer) => writer.bits(1) };
rows['fmv.x.w'] = {
  needs: floatIsOn,
  sourceCount: 1,
  write: (writer) => {
    writer.bits(1);
    writer.code.op(op.i32WrapI64, i64ExtendI32S);
  },
};
rows['fmv.w.x'] = {
  needs: floatIsOn,
  sourceCount: 1,
  write: (writer) => {
    writer.bits(1);
    writer.code.i64Const(boxed).op(op.i64Or);
  },
};

for (const [name, opcodes] of Object.entries(convert)) {
  rows[name] = {
    needs: floatRounds,
    sourceCount: 1,
    write: (writer) => {
      writer.bits(1);
      writer.code.append(opcodes).op(f64.bits);
    },
  };
}
rows['fcvt.s.d'] = {
  needs: floatRounds,
  sourceCount: 1,
  write: (writer) => {
    double(writer, 1);
    writer.code.op(demote);
    finish32(writer);
  },
};
rows['fcvt.d.s'] = {
  needs: floatIsOn,
  sourceCount: 1,
  write: (writer) => {
    checkBox(writer, 1);
    single(writer, 1);
    single(writer, 1);
    writer.code.op(f32Ne);
    writer.leaveIf();
    single(writer, 1);
    writer.code.op(promote, f64.bits);
  },
};
/** As C converts; below the given magnitude all is well. */
for (const [name, limit] of [
  ['fcvt.w.d', 2 ** 31],
  ['fcvt.l.d', 2 ** 63],
] as const) {
  rows[name] = {
    needs: floatRounds,
    sourceCount: 1,
    mode: towardZero,
    write: (writer) => {
      const { code } = writer;
      const bytes = new Uint8Array(Float64Array.of(limit).buffer);
      double(writer, 1);
      code.op(f64.abs).op(f64Const).append(bytes).op(f64Ge);
      writer.leaveIf();
      double(writer, 1);
      double(writer, 1);
      code.op(f64Ne);
      writer.leaveIf();
      double(writer, 1);
      code.op(truncate);
    },
  };
}

/** By mnemonic. What is not here, and whatever raises a flag, stays with the interpreter. */
export const floatRows: Readonly<Record<string, FloatRow>> = rows;
