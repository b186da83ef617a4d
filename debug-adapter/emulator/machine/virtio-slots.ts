import { echoPeer } from '../devices/echo-peer';
import type { VirtioBackEnd } from '../devices/virtio-back-end';
import type { VirtioBackEndState } from '../devices/virtio-back-end-state';
import { VirtioBalloon } from '../devices/virtio-balloon';
import { VirtioBlock } from '../devices/virtio-block';
import { VirtioConsole } from '../devices/virtio-console';
import { VirtioNet } from '../devices/virtio-net';
import { VirtioRng } from '../devices/virtio-rng';
import type { VirtioOptions } from './machine';
import { virtioSlotCount } from './memory-map';

/** Of each device: its own, or the last that is free. */
export function slotsOf(devices: readonly VirtioOptions[]): number[] {
  const taken = devices.flatMap(({ slot }) => slot ?? []);
  const free = Array.from({ length: virtioSlotCount }, (_, slot) => slot).filter((slot) => !taken.includes(slot));
  return devices.map(({ slot = free.pop() }) => {
    if (slot === undefined) throw new Error(`${devices.length} devices for ${virtioSlotCount} slots`);
    return slot;
  });
}

/** @param print what a console is given by the guest */
export function virtioBackEnd(options: VirtioOptions, print: (bytes: Uint8Array) => void): VirtioBackEnd {
  switch (options.kind) {
    case 'rng':
      return new VirtioRng(options.seed);
    case 'block':
      return new VirtioBlock(options.image);
    case 'console':
      return new VirtioConsole(print);
    case 'net':
      return new VirtioNet(echoPeer);
    case 'balloon':
      return new VirtioBalloon();
  }
}

/** What the board's reset leaves of it: disks keep what was written, and generators of random numbers go on. */
export function afterReset(backEnd: VirtioBackEndState): VirtioBackEndState {
  const { kind } = backEnd;
  return kind === 'rng' || kind === 'block' ? { kind } : backEnd;
}
