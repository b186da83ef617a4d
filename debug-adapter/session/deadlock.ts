import type { WaitsFor } from '../debuggee/stop';

/** A deadlock in one line, for a title. */
export function deadlockTitle(waits: readonly WaitsFor[]): string {
  const circle = circleAtFront(waits);
  if (circle.length === 1) return `Deadlock: ${circle[0]!.thread} waits for itself`;
  if (circle.length > 1) return `Deadlock: ${circle.map(({ thread }) => thread).join(' → ')} → ${circle[0]!.thread}`;
  return `Deadlock: ${waits[0]!.thread} waits for good`;
}

/** Its wait-for graph, a line for each thread. */
export function deadlockText(waits: readonly WaitsFor[]): string {
  return waits.map(waitLine).join('\n');
}

function waitLine({ thread, resource, heldBy, idle }: WaitsFor): string {
  const line = `${thread} waits for ${resource}`;
  if (heldBy !== undefined) return `${line}, held by ${heldBy === thread ? 'itself' : heldBy}`;
  return idle ? line : `${line}, which no thread is left to end`;
}

/** The threads that wait in a circle, if the first one does. */
function circleAtFront(waits: readonly WaitsFor[]): WaitsFor[] {
  const first = waits[0]!.thread;
  let next = first;
  for (const [index, { thread, heldBy }] of waits.entries()) {
    if (thread !== next || heldBy === undefined) return [];
    if (heldBy === first) return waits.slice(0, index + 1);
    next = heldBy;
  }
  return [];
}
