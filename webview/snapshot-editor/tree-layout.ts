/**
 * Which row of a list shows which node of a tree. Knows of nodes only how many children the unfolded ones have: a tree of
 * millions costs what is unfolded of it.
 */
export type Path = readonly number[];

interface Unfolded {
  childCount: number;
  /** By index. */
  readonly children: Map<number, Unfolded>;
}

export class TreeLayout {
  #root: Unfolded = { childCount: 0, children: new Map() };

  get rowCount(): number {
    return rowCountOf(this.#root);
  }

  /** Nothing but the root's children is to be seen, of which there are none yet. */
  clear(): void {
    this.#root = { childCount: 0, children: new Map() };
  }

  /** The node in a row, below `rowCount`. */
  pathAt(row: number): Path {
    const path: number[] = [];
    let node = this.#root;
    for (let left = row; ; ) {
      const inside = childAbove(node, left);
      if (!inside) return [...path, left - rowsOfChildrenBefore(node, left)];
      path.push(inside.index);
      node = inside.child;
      left = inside.row;
    }
  }

  /** Undefined when a node above it is folded. */
  rowOf(path: Path): number | undefined {
    let row = -1;
    let node: Unfolded | undefined = this.#root;
    for (const index of path) {
      if (!node || index >= node.childCount) return undefined;
      row += 1 + index;
      for (const [each, child] of node.children) if (each < index) row += rowCountOf(child);
      node = node.children.get(index);
    }
    return row;
  }

  isUnfolded(path: Path): boolean {
    return this.#find(path) !== undefined;
  }

  childCountOf(path: Path): number {
    return this.#find(path)?.childCount ?? 0;
  }

  /** Nodes above it have to be unfolded. Of one that is, the number of children may have changed. */
  unfold(path: Path, childCount: number): void {
    const node = this.#find(path);
    if (node) {
      node.childCount = childCount;
      for (const index of node.children.keys()) if (index >= childCount) node.children.delete(index);
      return;
    }
    this.#find(path.slice(0, -1))?.children.set(path.at(-1)!, { childCount, children: new Map() });
  }

  fold(path: Path): void {
    this.#find(path.slice(0, -1))?.children.delete(path.at(-1)!);
  }

  /** Of all nodes that are unfolded, the root first. */
  unfoldedPaths(): Path[] {
    const paths: Path[] = [];
    const visit = (node: Unfolded, path: Path): void => {
      paths.push(path);
      for (const [index, child] of node.children) visit(child, [...path, index]);
    };
    visit(this.#root, []);
    return paths;
  }

  #find(path: Path): Unfolded | undefined {
    let node: Unfolded | undefined = this.#root;
    for (const index of path) node = node?.children.get(index);
    return node;
  }
}

function rowCountOf({ childCount, children }: Unfolded): number {
  let count = childCount;
  for (const child of children.values()) count += rowCountOf(child);
  return count;
}

/** The unfolded child below which a row lies, and the row among its own. */
function childAbove(node: Unfolded, row: number): { index: number; child: Unfolded; row: number } | undefined {
  let before = 0;
  for (const [index, child] of inOrder(node)) {
    const first = index + before + 1;
    const count = rowCountOf(child);
    if (row < first) return undefined;
    if (row < first + count) return { index, child, row: row - first };
    before += count;
  }
  return undefined;
}

/** Rows below children whose own rows lie before that one. */
function rowsOfChildrenBefore(node: Unfolded, row: number): number {
  let before = 0;
  for (const [index, child] of inOrder(node)) {
    if (index + before >= row) break;
    before += rowCountOf(child);
  }
  return before;
}

function inOrder({ children }: Unfolded): [number, Unfolded][] {
  return [...children].sort(([a], [b]) => a - b);
}
