import type { TimelineUpdate } from '../protocol/timeline';

/** Up to where somebody knows what the threads did: what a look has answered, for the next one. */
export type TimelineMark = object;

export interface TimelineLook {
  readonly update: TimelineUpdate;
  readonly mark: TimelineMark;
}
