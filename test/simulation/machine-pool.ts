import type { Machine } from '../../debug-adapter/emulator/machine/machine';
import type { MachineState } from '../../debug-adapter/emulator/machine/machine-state';
import { PageState } from '../../debug-adapter/protocol/page-states';
import { bareMachine } from '../snapshot/harness';
import { randomGuest } from '../snapshot/random-guest';
import { randomReader } from '../snapshot/virtio-guest';
import type { Plan } from './plan';

interface Pooled {
  readonly machine: Machine;
  readonly state: MachineState;
  readonly ram: Uint8Array;
}

/** To make a machine takes longer than a small guest runs: each is used again, from its beginning. */
const pool = new Map<string, Pooled>();

/** A machine as it begins, with the plan's guest in it. It is good until the next one for the same `use` is asked for. */
export function machineOf(plan: Plan, use: 'observed' | 'alone'): Machine {
  const { nsPerInstruction, usesDevice } = plan;
  const hartCount = usesDevice ? 1 : plan.hartCount;
  const key = `${use} ${nsPerInstruction} ${usesDevice} ${hartCount}`;
  // Some begin with RAM that nobody has touched, which only a new machine has.
  const isNew = use === 'observed' && plan.guest.seed % (plan.algorithm === 'track-writes-ram' ? 2 : 16) === 1;
  const pooled = (isNew ? undefined : pool.get(key)) ?? create(nsPerInstruction, usesDevice, hartCount);
  if (!isNew) pool.set(key, pooled);
  const { machine, state, ram } = pooled;
  const { core } = machine;
  core.pages.stopPreserving();
  core.pages.stopDirtyLog();
  for (let page = 0; page < core.pages.states.length; page++)
    if (core.pages.isProtected(page)) core.pages.unprotect(page);
  core.pages.setAllStates(PageState.Untracked, 0, 0);
  if (!isNew) core.writeRam(0, ram);
  core.writeRam(0, usesDevice ? randomReader() : randomGuest(plan.guest));
  machine.restore(state);
  core.latestClockNs = 0;
  return machine;
}

function create(nsPerInstruction: number, usesDevice: boolean, hartCount: number): Pooled {
  const program = { path: 'none', bytes: new Uint8Array(4) };
  const machine = usesDevice
    ? bareMachine({ program, nsPerInstruction, ramByteCount: 512 << 10, virtio: [{ kind: 'rng', seed: 1 }] })
    : bareMachine({ program, nsPerInstruction, hartCount, ramByteCount: 128 << 10 });
  return { machine, state: machine.save(), ram: machine.core.ram.slice() };
}
