import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { noBreakpoints } from '../../debug-adapter/debuggee/breakpoints';
import { type ImageFile, inMemory } from '../../debug-adapter/emulator/machine/image-file';
import type { Machine, MachineOptions } from '../../debug-adapter/emulator/machine/machine';
import type { Beginning } from '../../debug-adapter/vmm/vmm';
import { image } from '../boot/console';
import { benchAtShell } from '../linux/at-shell';
import { type Bench, bench, benchOf, restored, snapshotPath } from '../snapshot/harness';
import { freezeAt, startCounting } from './counting-shell';
import { EmbeddedGuest } from './embedded-guest';

const guests = resolve(__dirname, '../../extension/sample/guests');

/** A guest that is brought to where its snapshot begins: the same each time. */
type Prepare = () => Promise<Bench>;

/** The machine at the freeze, in the hands of the VMM that is about to snapshot it. */
async function frozen(prepare: Prepare): Promise<Machine> {
  const { debuggee, machine } = await prepare();
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'wp-arm' }] });
  assert.equal((await debuggee.run({ kind: 'continue' })).reason, 'phase');
  return machine;
}

/** The files of a snapshot: the stream, and the disk beside it if there is one. */
async function snapshotOf(prepare: Prepare): Promise<{ stream: Uint8Array; disk: ImageFile | undefined }> {
  const { debuggee, files } = await prepare();
  const guest = new EmbeddedGuest(debuggee);
  assert.match(await guest.message(), /RAM in the file is RAM at the freeze, each page once/);
  const path = `${snapshotPath}.disk`;
  const bytes = files.get(path);
  return { stream: files.get(snapshotPath)!, disk: bytes && inMemory({ path, bytes }) };
}

/** The machine after so much virtual time from here. */
async function after(ns: number, machine: Machine, beginning: Beginning) {
  const { debuggee, console } = benchOf(machine, beginning, { trigger: { kind: 'time', ns } });
  debuggee.setBreakpoints({ ...noBreakpoints, phases: [{ id: 1, phase: 'setup' }] });
  assert.equal((await debuggee.run({ kind: 'continue' })).reason, 'phase', console());
  const { harts, ...devices } = machine.save();
  return {
    console: console(),
    harts,
    devices,
    instructions: debuggee.status().instructions,
    hash: machine.stateHash(),
  };
}

async function checkSameFuture(prepare: Prepare, ns: number): Promise<void> {
  const { stream, disk } = await snapshotOf(prepare);
  const incoming = await restored(stream, disk);
  const { virtualClockNs, runState } = incoming;
  const expected = await after(ns, await frozen(prepare), { virtualClockNs, runState });
  assert.deepEqual(await after(ns, incoming.machine, incoming), expected);
}

describe('a machine restored from our snapshot has the future of the one that was snapshotted', () => {
  for (const guest of ['working-set', 'sweep']) {
    it(`with ${guest}, a bare-metal guest`, async () => {
      const program = image(join(guests, `${guest}.elf`));
      const machine = { program, ramByteCount: 16 << 20, hasFlash: true };
      await checkSameFuture(
        async () => bench({ machine, trigger: { kind: 'time', ns: 20_000_000 }, msPerLook: 1 }),
        50_000_000,
      );
    });
  }

  it('with journal, which writes to a disk', async () => {
    const program = image(join(guests, 'journal.elf'));
    const disk = inMemory(image(join(guests, 'journal.img')));
    const machine: Partial<MachineOptions> = {
      program,
      ramByteCount: 16 << 20,
      virtio: [{ kind: 'block', image: disk }],
    };
    const prepare = async () => bench({ machine, trigger: { kind: 'time', ns: 20_000_000 }, msPerLook: 1 });
    await checkSameFuture(prepare, 50_000_000);
  });

  it('with Linux on two harts whose shell counts', async () => {
    const prepare = async () => {
      const run = await benchAtShell({ hartCount: 2 }, { trigger: { kind: 'console', text: freezeAt } });
      run.debuggee.consoleInput(new TextEncoder().encode(startCounting));
      return run;
    };
    await checkSameFuture(prepare, 200_000_000);
  });
});
