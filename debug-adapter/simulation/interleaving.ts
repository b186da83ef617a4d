/** How actors with quanta take turns. */
export interface Interleaving {
  /** Chooses among the orders that there are; the same one gives the same run. */
  readonly seed: number;
  /** Mean length of a quantum, ns. */
  readonly quantumNs: number;
}

/** Within it an actor runs without a look at the others that have quanta. ns; the end is the next one's begin. */
export interface Quantum {
  readonly beginsNs: number;
  readonly endsNs: number;
}

/**
 * Cuts time into the quanta of one actor, each between no time and twice the mean. They depend on the seed, the actor's
 * number and the time alone: however a run is cut into slices, its actors take the same turns.
 */
export function quantaOf({ seed, quantumNs }: Interleaving, actorNumber: number): (timeNs: number) => Quantum {
  const salt = saltOf(seed, actorNumber);
  const begin = (index: number): number => {
    const high = scramble(salt + Math.floor(index / 2 ** 32));
    return index * quantumNs + (scramble(high ^ (index >>> 0)) % quantumNs);
  };
  return (timeNs) => {
    const index = Math.floor(timeNs / quantumNs);
    const middleNs = begin(index);
    if (middleNs <= timeNs) return { beginsNs: middleNs, endsNs: begin(index + 1) };
    return { beginsNs: index === 0 ? 0 : begin(index - 1), endsNs: middleNs };
  };
}

/** What an actor's quanta are drawn from, 0 to 2^32 - 1. */
export function saltOf(seed: number, actorNumber: number): number {
  return scramble(scramble(seed >>> 0) + actorNumber);
}

/** The finalizer of MurmurHash3: every bit of the word touches every bit of the answer, 0 to 2^32 - 1. */
function scramble(word: number): number {
  let hash = word | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
