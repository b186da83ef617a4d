import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type GuestCore, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { disassemble } from '../../debug-adapter/emulator/isa/disassembler';
import { byteCountOf, findInstruction, instructions } from '../../debug-adapter/emulator/isa/instructions';
import { foreignInterrupts, guestWith, QemuFiles, runHere } from './beside-qemu';
import type { Guest } from './guest';
import { isSame, loggedCsrs, type State, statesOfQemu } from './qemu-log';
import { randomStream } from './random-stream';
import { codeOffset, randomData, randomMode, streamImage } from './stream-image';

/** Streams compared and the pieces in each; `STREAMS=150 SEED=1` for a long run. */
const streamCount = Number(process.env.STREAMS ?? 12);
const pieceCount = 800;
const seed = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) };
const ramByteCount = 8 << 20;

/** Mnemonics of what has run, and how often; traps count for nothing. */
const executed = new Map<string, number>();

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
  for (let register = 0; register < 32; register++) {
    compare(`x${register}`, core.readX(0, register), expected.get(`x${register}`));
    compare(`f${register}`, core.readF(0, register), expected.get(`f${register}`));
  }
  for (const [name, csr] of Object.entries(loggedCsrs)) {
    const mask = ~(ignored[name] ?? 0n);
    compare(name, core.readCsr(0, csr)! & mask, expected.get(name)! & mask);
  }
  return found;
}

const handlersOf = (core: GuestCore) => [loggedCsrs.mtvec, loggedCsrs.stvec].map((csr) => core.readCsr(0, csr)!);

/** Steps the core beside QEMU from the stream's start to the end. @throws AssertionError at the first difference. */
async function compareSteps(guest: Guest, isOff: () => boolean, args: readonly string[]): Promise<void> {
  const { core } = guest;
  const start = BigInt(ramBase + codeOffset);
  while (core.pc.get(0) !== start) guest.run(1);
  const ram = new DataView(core.ram.buffer, core.ram.byteOffset);
  let [step, last] = [0, ''];
  let before: State | undefined;
  for await (const expected of statesOfQemu(args, 'cpu,fpu')) {
    const pc = expected.get('pc')!;
    if (step === 0 && pc !== start) continue;
    const isAgain = before !== undefined && isSame(before, expected);
    before = expected;
    const ours = core.pc.get(0);
    if (pc !== ours) {
      if (isAgain) continue;
      // QEMU shows a trap's handler before its first instruction; here the trap and that are one step.
      assert.ok(handlersOf(core).includes(pc), `pc 0x${ours.toString(16)}, QEMU 0x${pc.toString(16)} after ${last}`);
      continue;
    }
    assert.deepEqual(differences(guest, expected), [], `after ${last}, instruction ${step}`);
    const word = ram.getUint32(Number(ours) - ramBase, true);
    last = `${ours.toString(16)}: ${disassemble(word, ours)}`;
    guest.run(1);
    step++;
    if (!handlersOf(core).includes(core.pc.get(0) - 4n)) {
      const row = findInstruction(byteCountOf(word) === 2 ? word & 0xffff : word)!;
      executed.set(row.mnemonic, (executed.get(row.mnemonic) ?? 0) + 1);
    }
    if (isOff()) return;
  }
  assert.fail(`QEMU ends after ${last}, instruction ${step}`);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the core and a real QEMU', () => {
  it('have the same pc, registers, CSRs and memory at every instruction of random streams', async function () {
    this.timeout(streamCount * 10_000);
    const streams = randomMode.chain((mode) =>
      randomStream(pieceCount, mode.privilege).map((code) => ({ mode, code })),
    );
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
      { numRuns: streamCount, endOnFailure: true, ...seed },
    );
  });

  it('have run every instruction of the table in them, but those that only trap, WFI and ctzw', () => {
    const missing = instructions.map(({ mnemonic }) => mnemonic).filter((mnemonic) => !executed.has(mnemonic));
    assert.deepEqual(missing, ['ecall', 'ebreak', 'wfi', 'ctzw', 'c.ebreak']);
  });
});
