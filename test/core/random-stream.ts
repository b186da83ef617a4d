import fc from 'fast-check';
import { byteCountOf, type Instruction, instructions } from '../../debug-adapter/emulator/isa/instructions';
import { isAccess, isJump, randomInstruction } from './random-instruction';
import {
  csrReadPiece,
  ctzwPiece,
  floatCsrPiece,
  floatPiece,
  jumpPiece,
  modifiedPrivilegePiece,
  type Piece,
  piece,
  quietCsrPiece,
  reservationPiece,
  returnPiece,
  roundingModePiece,
  stackPiece,
  trapPiece,
  type Width,
} from './random-pieces';
import type { StreamMode } from './stream-mode';

/** Neither jumps nor what has pieces of its own; not WFI, which may wait for ever. */
const others = instructions.filter(
  (row) =>
    !isJump(row) &&
    !isAccess(row) &&
    row.extension !== 'Zicsr' &&
    !/^(ecall|(c\.)?ebreak|wfi|[ms]ret|c\.addi16sp|ctzw)$/.test(row.mnemonic),
);

const anyOf = (rows: readonly Instruction[]) =>
  fc.constantFrom(...rows.map(randomInstruction)).chain((instruction) => instruction.map((word) => piece(word)));

/**
 * Code that runs from its first piece to its last, in one privilege mode, and has nothing in it that two implementations
 * may do differently.
 */
export function randomStream(pieceCount: number, mode: StreamMode): fc.Arbitrary<Uint8Array> {
  const isFloat = (row: Instruction) => row.extension === 'F' || row.extension === 'D';
  const [integer, float, compressed] = [
    others.filter((row) => !isFloat(row) && row.extension !== 'C'),
    others.filter(isFloat),
    others.filter((row) => row.extension === 'C'),
  ];
  // One width of LR and SC: after an LR.D, SC.W in QEMU 7.2 may store and say that it failed.
  const pieceWith = (width: Width): fc.Arbitrary<Piece> => {
    const isForeign = ({ mnemonic }: Instruction) => /^(lr|sc)\./.test(mnemonic) && !mnemonic.endsWith(width);
    return fc.oneof(
      { weight: 20, arbitrary: anyOf(integer) },
      { weight: 20, arbitrary: fc.oneof(...float.map(floatPiece)) },
      { weight: 12, arbitrary: anyOf(compressed) },
      { weight: 16, arbitrary: anyOf(instructions.filter((row) => isAccess(row) && !isForeign(row))) },
      { weight: 8, arbitrary: jumpPiece },
      { weight: 1, arbitrary: ctzwPiece },
      { weight: 1, arbitrary: returnPiece(mode) },
      { weight: 2, arbitrary: stackPiece },
      { weight: 2, arbitrary: reservationPiece(width, fc.oneof(...integer.map(randomInstruction))) },
      { weight: 3, arbitrary: floatCsrPiece },
      { weight: 3, arbitrary: roundingModePiece },
      { weight: 3, arbitrary: quietCsrPiece(mode) },
      { weight: 1, arbitrary: csrReadPiece },
      { weight: 2, arbitrary: trapPiece },
      { weight: mode.privilege === 3 ? 4 : 0, arbitrary: modifiedPrivilegePiece },
    );
  };
  return fc
    .constantFrom<Width>('w', 'd')
    .chain((width) => fc.array(pieceWith(width), { minLength: pieceCount, maxLength: pieceCount }))
    .map(layOut);
}

function layOut(pieces: readonly Piece[]): Uint8Array {
  const starts = [0];
  for (const { words } of pieces) {
    starts.push(words(0).reduce((end, word) => end + byteCountOf(word), starts.at(-1)!));
  }
  const bytes: number[] = [];
  for (const [index, { words, ahead }] of pieces.entries()) {
    const distance = starts[Math.min(index + ahead, pieces.length)]! - starts[index]!;
    for (const word of words(distance)) {
      for (let byte = 0; byte < byteCountOf(word); byte++) bytes.push((word >>> (byte * 8)) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}
