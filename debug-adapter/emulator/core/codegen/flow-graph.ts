/** How control gets from a node to one that follows it, in code that has no goto. */
export type Edge = 'nested' | 'forward' | 'backward' | 'dispatched';

/**
 * An order for WebAssembly's structured control flow (after Ramsey, "Beyond Relooper", 2022): each node stands within
 * its dominator. A root before all nodes goes to any entry. What fits no nesting, an edge into the middle of a loop,
 * goes through the root again.
 */
export interface FlowGraph {
  /** Nodes where the root may go to, in the order of their numbers there. */
  readonly entries: readonly number[];
  /** Nodes right within another, or the root (-1), that more than one edge leads to; the last is to stand innermost. */
  mergesWithin(node: number): readonly number[];
  isLoopHead(node: number): boolean;
  edge(from: number, to: number): Edge;
}

const root = -1;

/**
 * @param successors of each node, at most two
 * @param wanted nodes that are to be entries; heads of loops and nodes that nothing else leads to become some, too
 */
export function flowGraph(successors: readonly (readonly number[])[], wanted: ReadonlySet<number>): FlowGraph {
  const isEntry = successors.map((_, node) => wanted.has(node));
  const dispatched = successors.map(() => new Set<number>());
  const following = (node: number): readonly number[] => {
    if (node === root) return isEntry.flatMap((is, entry) => (is ? [entry] : []));
    return successors[node]!.filter((next) => !dispatched[node]!.has(next));
  };

  for (;;) {
    const order = reversePostorder(following);
    const position = new Map(order.map((node, index) => [node, index]));
    const lost = successors.findIndex((_, node) => !position.has(node));
    if (lost >= 0) {
      isEntry[lost] = true;
      continue;
    }
    const edges = order.map(following);
    const at = (node: number) => position.get(node)!;
    const dominators = dominatorsOf(edges.map((nexts) => nexts.map(at)));
    const dominates = (node: number, other: number): boolean => {
      let above = at(other);
      while (above > at(node)) above = dominators[above]!;
      return above === at(node);
    };
    const loopHeads = new Set<number>();
    const forwardCounts = new Map<number, number>();
    let isSettled = true;
    order.forEach((from, index) => {
      for (const to of edges[index]!) {
        if (at(to) > index) {
          forwardCounts.set(to, (forwardCounts.get(to) ?? 0) + 1);
        } else if (dominates(to, from)) {
          loopHeads.add(to);
          if (!isEntry[to]) isSettled = false;
          isEntry[to] = true;
        } else {
          dispatched[from]!.add(to);
          isEntry[to] = true;
          isSettled = false;
        }
      }
    });
    if (!isSettled) continue;

    const isMerge = (node: number) => isEntry[node]! || forwardCounts.get(node)! > 1;
    const merges = new Map<number, number[]>();
    for (const node of order.slice(1).reverse()) {
      if (!isMerge(node)) continue;
      const dominator = order[dominators[at(node)]!]!;
      const others = merges.get(dominator);
      if (others) others.push(node);
      else merges.set(dominator, [node]);
    }
    return {
      entries: following(root),
      mergesWithin: (node) => merges.get(node) ?? [],
      isLoopHead: (node) => loopHeads.has(node),
      edge: (from, to) => {
        if (dispatched[from]!.has(to)) return 'dispatched';
        if (at(to) <= at(from)) return 'backward';
        return isMerge(to) ? 'forward' : 'nested';
      },
    };
  }
}

function reversePostorder(following: (node: number) => readonly number[]): number[] {
  const order: number[] = [];
  const seen = new Set([root]);
  const path = [{ node: root, next: [...following(root)] }];
  while (path.length > 0) {
    const { node, next } = path.at(-1)!;
    const child = next.shift();
    if (child === undefined) {
      order.push(node);
      path.pop();
    } else if (!seen.has(child)) {
      seen.add(child);
      path.push({ node: child, next: [...following(child)] });
    }
  }
  return order.reverse();
}

/** Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm". Nodes by position in reverse postorder, the root first. */
function dominatorsOf(edges: readonly (readonly number[])[]): number[] {
  const before: number[][] = edges.map(() => []);
  edges.forEach((nexts, from) => {
    for (const next of nexts) before[next]!.push(from);
  });
  const dominators: number[] = [0];
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (let node = 1; node < edges.length; node++) {
      let common: number | undefined;
      for (const one of before[node]!) {
        if (dominators[one] === undefined) continue;
        common = common === undefined ? one : commonDominator(dominators, common, one);
      }
      if (dominators[node] === common) continue;
      dominators[node] = common!;
      hasChanged = true;
    }
  }
  return dominators;
}

function commonDominator(dominators: readonly number[], a: number, b: number): number {
  let [x, y] = [a, b];
  while (x !== y) {
    while (x > y) x = dominators[x]!;
    while (y > x) y = dominators[y]!;
  }
  return x;
}
