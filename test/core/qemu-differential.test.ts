import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { disassemble } from '../../debug-adapter/emulator/isa/disassembler';
import { byteCountOf, findInstruction, instructions } from '../../debug-adapter/emulator/isa/instructions';
import { foreignInterrupts, guestWith, QemuFiles, runHere } from './beside-qemu';
import type { Guest } from './guest';
import { isSame, loggedCsrs, type State, statesOfQemu } from './qemu-log';
import { randomStream } from './random-stream';
import { codeRange, randomData, streamImage } from './stream-image';
import { randomMode } from './stream-mode';

/** Streams compared and the pieces in each; `STREAMS=150 SEED=2` for a long run over others. */
const streamCount = Number(process.env.STREAMS ?? 12);
const seed = Number(process.env.SEED ?? 1);
const pieceCount = 800;
const ramByteCount = 8 << 20;

/** Mnemonics of what has run without a trap. */
const executed = new Set<string>();

/** Bits that are not compared. */
const ignored: Readonly<Record<string, bigint>> = {
  // The board's timers as well, of which a bare core has none.
  mip: foreignInterrupts | 0xa0n,
  mie: foreignInterrupts,
  mideleg: foreignInterrupts,
  // SD, which QEMU works out of FS when mstatus is read.
  mstatus: 1n << 63n,
};

function differences({ core }: Guest, expected: State): string[] {
  const found: string[] = [];
  const compare = (name: string, ours: bigint, theirs: bigint | undefined) => {
    if (ours !== theirs) found.push(`${name} ${ours.toString(16)}, QEMU ${theirs?.toString(16)}`);
  };
  compare('pc', core.pc.get(0), expected.get('pc'));
  for (let register = 0; register < 32; register++) {
    compare(`x${register}`, core.readX(0, register), expected.get(`x${register}`));
    compare(`f${register}`, core.readF(0, register), expected.get(`f${register}`));
  }
  for (const [name, csr] of Object.entries(loggedCsrs)) {
    const [mask, theirs] = [~(ignored[name] ?? 0n), expected.get(name)];
    // QEMU does not show satp where TVM forbids to read it.
    if (theirs !== undefined) compare(name, core.readCsr(0, csr)! & mask, theirs & mask);
  }
  return found;
}

const isInCode = (pc: bigint) => pc >= codeRange.start && pc < codeRange.end;
const logged = ['-dfilter', `0x${codeRange.start.toString(16)}..0x${(codeRange.end - 1).toString(16)}`];

/** Steps the core until it is in the stream: through the prologue, or a trap's handler. */
function runToCode(guest: Guest): void {
  for (let steps = 0; !isInCode(guest.core.pc.get(0)); steps++) {
    assert.ok(steps < 1000, `no way back, pc 0x${guest.core.pc.get(0).toString(16)}`);
    guest.run(1);
  }
}

/** Steps the core beside QEMU from the stream's start to the end. @throws AssertionError at the first difference. */
async function compareSteps(guest: Guest, isOff: () => boolean, args: readonly string[]): Promise<void> {
  const { core } = guest;
  const ram = new DataView(core.ram.buffer, core.ram.byteOffset);
  let last = 'the prologue';
  let before: State | undefined;
  runToCode(guest);
  for await (const expected of statesOfQemu([...args, ...logged], 'cpu,fpu')) {
    if (before !== undefined && isSame(before, expected)) continue;
    before = expected;
    assert.deepEqual(differences(guest, expected), [], `after ${last}`);
    const pc = core.pc.get(0);
    const word = ram.getUint32(Number(pc) - ramBase, true);
    last = `${pc.toString(16)}: ${disassemble(word, pc)}`;
    guest.run(1);
    if (isOff()) return;
    if (isInCode(core.pc.get(0))) {
      executed.add(findInstruction(byteCountOf(word) === 2 ? word & 0xffff : word)!.mnemonic);
    } else {
      runToCode(guest);
    }
  }
  assert.fail(`QEMU ends after ${last}`);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the core and a real QEMU', () => {
  it('have the same pc, registers, CSRs and memory at every instruction of random streams', async function () {
    this.timeout(streamCount * 60_000);
    const streams = randomMode.chain((mode) => randomStream(pieceCount, mode).map((code) => ({ mode, code })));
    await fc.assert(
      fc.asyncProperty(streams, randomData, async ({ mode, code }, data) => {
        const image = streamImage(mode, code, data);
        const files = new QemuFiles(image, ramByteCount);
        try {
          const { guest, isOff } = guestWith(image, ramByteCount);
          await compareSteps(guest, isOff, files.args);
          assert.equal(hex(guest.core.ram.subarray(0, image.length)), hex(files.ram().subarray(0, image.length)));
          assert.equal(runHere(image, ramByteCount).stateHash(), guest.core.stateHash());
        } finally {
          files.remove();
        }
      }),
      { numRuns: streamCount, endOnFailure: true, seed },
    );
  });

  it('have run every instruction of the table in them, but WFI and those that only trap', () => {
    const missing = instructions.map(({ mnemonic }) => mnemonic).filter((mnemonic) => !executed.has(mnemonic));
    assert.deepEqual(missing, ['ecall', 'ebreak', 'wfi', 'c.ebreak']);
  });
});
