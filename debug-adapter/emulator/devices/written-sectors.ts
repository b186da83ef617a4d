export const sectorByteCount = 512;
const sectorsPerLeaf = 8;
const leafByteCount = sectorsPerLeaf * sectorByteCount;
const fanOutBits = 6;
const fanOut = 1 << fanOutBits;
/** About. */
const branchByteCount = 8 * fanOut;

/** Who may change a node in place: the present, as long as nobody else has kept it. */
type Owner = object | undefined;

/** Sectors one behind the other; what has not been written is zero. */
class Leaf {
  hash: bigint | undefined;

  constructor(
    readonly owner: Owner,
    readonly bytes = new Uint8Array(leafByteCount),
    /** A bit for each sector that has been written. */
    public present = 0,
  ) {}
}

class Branch {
  hash: bigint | undefined;

  constructor(
    readonly owner: Owner,
    readonly children = new Array<Leaf | Branch | undefined>(fanOut).fill(undefined),
  ) {}
}

type Node = Leaf | Branch | undefined;

/** Sectors that had been written to a disk at one instant. They never change. */
export class KeptSectors {
  readonly #root: Node;
  readonly #height: number;

  constructor(root: Node, height: number) {
    this.#root = root;
    this.#height = height;
  }

  static rootOf(kept: KeptSectors): Node {
    return kept.#root;
  }

  get isEmpty(): boolean {
    return this.#root === undefined;
  }

  /** Not to be changed. */
  get(sector: number): Uint8Array | undefined {
    return sectorIn(this.#root, this.#height, sector);
  }

  /** Those pieces of so many sectors, a multiple of 8, in which there is one that has been written. */
  pieces(sectorCount: number): Set<number> {
    const pieces = new Set<number>();
    forLeavesThatDiffer(this.#root, undefined, this.#height, 0, (first) => pieces.add(Math.floor(first / sectorCount)));
    return pieces;
  }

  /**
   * Sectors that have been written in one of them at least, and may not be the same in both; in order.
   * @param other of the same disk
   */
  candidates(other: KeptSectors): number[] {
    const sectors: number[] = [];
    forLeavesThatDiffer(this.#root, other.#root, Math.max(this.#height, other.#height), 0, (first, present) => {
      for (let at = 0; at < sectorsPerLeaf; at++) if ((present & (1 << at)) !== 0) sectors.push(first + at);
    });
    return sectors;
  }

  /** The same for the same sectors, whoever has written them in which order. */
  get hash(): bigint {
    return hashOf(this.#root);
  }
}

/**
 * Sectors that have been written to a disk: a tree whose nodes are shared with everybody who has kept it, until they change.
 * To keep it takes no time, and memory only for what is written later.
 */
export class WrittenSectors {
  readonly #height: number;
  #root: Node;
  #owner: Owner = {};
  #kept: KeptSectors | undefined;
  #replacedByteCount = 0;
  /** How many bytes of what had been kept were replaced between the last two `keep`s. */
  newByteCount = 0;

  /** @param sectorCount of the disk */
  constructor(sectorCount: number) {
    let height = 0;
    while (spanOf(height) < sectorCount) height++;
    this.#height = height;
  }

  get isEmpty(): boolean {
    return this.#root === undefined;
  }

  /** To be copied at once. */
  get(sector: number): Uint8Array | undefined {
    return sectorIn(this.#root, this.#height, sector);
  }

  set(sector: number, bytes: Uint8Array): void {
    this.#kept = undefined;
    const leaf = this.#leafOf(sector);
    const at = sector % sectorsPerLeaf;
    leaf.bytes.set(bytes, at * sectorByteCount);
    leaf.present |= 1 << at;
  }

  /** Writes zeros to so many. Large stretches share one node. */
  clear(sector: number, count: number): void {
    if (count === 0) return;
    this.#kept = undefined;
    this.#root = this.#cleared(this.#root, this.#height, sector, sector + count);
  }

  keep(): KeptSectors {
    this.#kept ??= new KeptSectors(this.#root, this.#height);
    this.#owner = {};
    this.newByteCount = this.#replacedByteCount;
    this.#replacedByteCount = 0;
    return this.#kept;
  }

  putBack(kept: KeptSectors): void {
    this.#root = KeptSectors.rootOf(kept);
    this.#kept = kept;
    this.#owner = {};
    this.#replacedByteCount = 0;
  }

  #leafOf(sector: number): Leaf {
    if (this.#height === 0) {
      const leaf = this.#ownLeaf(this.#root as Leaf | undefined);
      this.#root = leaf;
      return leaf;
    }
    let branch = this.#ownBranch(this.#root as Branch | undefined);
    this.#root = branch;
    for (let height = this.#height - 1; height > 0; height--) {
      const place = placeOf(sector, height);
      const child = this.#ownBranch(branch.children[place] as Branch | undefined);
      branch.children[place] = child;
      branch = child;
    }
    const place = placeOf(sector, 0);
    const leaf = this.#ownLeaf(branch.children[place] as Leaf | undefined);
    branch.children[place] = leaf;
    return leaf;
  }

  /** @param from from where on, and up to where, as seen from the node's first sector */
  #cleared(node: Node, height: number, from: number, to: number): Node {
    const span = spanOf(height);
    if (from <= 0 && to >= span) return zeroNode(height);
    if (height === 0) {
      const leaf = this.#ownLeaf(node as Leaf | undefined);
      for (let at = Math.max(from, 0); at < Math.min(to, span); at++) {
        leaf.bytes.fill(0, at * sectorByteCount, (at + 1) * sectorByteCount);
        leaf.present |= 1 << at;
      }
      return leaf;
    }
    const branch = this.#ownBranch(node as Branch | undefined);
    const step = spanOf(height - 1);
    const end = Math.min(fanOut, Math.ceil(to / step));
    for (let place = Math.max(0, Math.floor(from / step)); place < end; place++) {
      const first = place * step;
      branch.children[place] = this.#cleared(branch.children[place], height - 1, from - first, to - first);
    }
    return branch;
  }

  #ownBranch(branch: Branch | undefined): Branch {
    if (!branch) return new Branch(this.#owner);
    if (branch.owner !== this.#owner) {
      this.#replacedByteCount += branchByteCount;
      return new Branch(this.#owner, branch.children.slice());
    }
    return branch;
  }

  #ownLeaf(leaf: Leaf | undefined): Leaf {
    if (!leaf) return new Leaf(this.#owner);
    if (leaf.owner !== this.#owner) {
      this.#replacedByteCount += leafByteCount;
      return new Leaf(this.#owner, leaf.bytes.slice(), leaf.present);
    }
    return leaf;
  }
}

/** How many sectors are below a node; a leaf has height 0. */
function spanOf(height: number): number {
  return sectorsPerLeaf * fanOut ** height;
}

/** Which child of a branch a sector is below, by the child's height. */
function placeOf(sector: number, height: number): number {
  return Math.floor(sector / spanOf(height)) % fanOut;
}

function sectorIn(root: Node, rootHeight: number, sector: number): Uint8Array | undefined {
  let node = root;
  for (let height = rootHeight - 1; height >= 0 && node; height--) {
    node = (node as Branch).children[placeOf(sector, height)];
  }
  const at = sector % sectorsPerLeaf;
  const leaf = node as Leaf | undefined;
  if (!leaf || (leaf.present & (1 << at)) === 0) return undefined;
  return leaf.bytes.subarray(at * sectorByteCount, (at + 1) * sectorByteCount);
}

/** Wholly written with zeros, by their height. Nobody owns them. */
const zeroNodes: (Leaf | Branch)[] = [new Leaf(undefined, undefined, 2 ** sectorsPerLeaf - 1)];

function zeroNode(height: number): Leaf | Branch {
  const known = zeroNodes[height];
  if (known) return known;
  const node = new Branch(undefined, new Array<Node>(fanOut).fill(zeroNode(height - 1)));
  zeroNodes[height] = node;
  return node;
}

/** In order. `present`: sectors that one of the two has. */
function forLeavesThatDiffer(
  one: Node,
  other: Node,
  height: number,
  first: number,
  visit: (first: number, present: number) => void,
): void {
  if (one === other) return;
  if (height === 0) {
    visit(first, ((one as Leaf | undefined)?.present ?? 0) | ((other as Leaf | undefined)?.present ?? 0));
    return;
  }
  const step = spanOf(height - 1);
  for (let place = 0; place < fanOut; place++) {
    const [mine, theirs] = [one, other].map((node) => (node as Branch | undefined)?.children[place]);
    forLeavesThatDiffer(mine, theirs, height - 1, first + place * step, visit);
  }
}

/** 64 bits, made once: who asks has kept the node, which nobody changes any more. */
function hashOf(node: Node): bigint {
  if (!node) return 0n;
  if (node.hash === undefined) {
    const hash = new WordHash();
    if (node instanceof Leaf) {
      hash.add(node.present);
      for (const word of new Int32Array(node.bytes.buffer, node.bytes.byteOffset, leafByteCount / 4)) hash.add(word);
    } else {
      for (const child of node.children) hash.addLong(hashOf(child));
    }
    node.hash = hash.value;
  }
  return node.hash;
}

/** FNV-1a by words instead of bytes, twice, so that both halves of the hash depend on all bits. */
class WordHash {
  #high = 0x811c9dc5 | 0;
  #low = 0x2d3f6a1b;

  add(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x01000193);
    this.#high ^= this.#high >>> 15;
    this.#low = Math.imul(this.#low ^ word, 0x5bd1e995);
    this.#low ^= this.#low >>> 13;
  }

  addLong(value: bigint): void {
    this.add(Number(BigInt.asIntN(32, value)));
    this.add(Number(BigInt.asIntN(32, value >> 32n)));
  }

  get value(): bigint {
    return (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0);
  }
}
