import type { Actor, Wait } from '../simulation/actor';

/** An actor that acts once, at a given time. */
export class Alarm implements Actor {
  readonly id = 'alarm';
  clockNs: number;
  wait: Wait | undefined;

  constructor(
    atNs: number,
    readonly ring: (timeNs: number) => void,
  ) {
    this.clockNs = atNs;
  }
}
