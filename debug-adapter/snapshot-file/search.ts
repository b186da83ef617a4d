import type { Reading } from '../vmstate/reading';
import type { TreeNode, TreePath } from './stream-tree';

/** So many nodes are looked at between two chances to pause. */
const nodesPerPause = 256;

/**
 * Nodes in whose name or value the text is, whatever its case, or whose value is the number. Yields undefined now and then:
 * a chance to pause.
 */
export function* searchTree(root: TreeNode, query: string): Generator<TreePath | undefined, void> {
  const text = query.trim().toLowerCase();
  const number = /^-?(0x[0-9a-f]+|\d+)$/.test(text) ? integerOf(text) : undefined;
  const matches = ({ label, value, number: found, childCount }: TreeNode): boolean => {
    if (label.toLowerCase().includes(text)) return true;
    // An array's elements are looked at one by one.
    if (childCount > 0) return false;
    if (number !== undefined && found !== undefined) return BigInt(found) === number;
    return value?.toLowerCase().includes(text) === true;
  };
  let looked = 0;
  function* within(node: TreeNode, path: TreePath): Generator<TreePath | undefined, void> {
    if (++looked % nodesPerPause === 0) yield undefined;
    if (path.length > 0 && matches(node)) yield path;
    for (let index = 0; index < node.childCount; index++) yield* within(node.child(index), [...path, index]);
  }
  if (text !== '') yield* within(root, []);
}

function integerOf(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}

const bytesMax = 64;

/** `de ad be ef`, `deadbeef` or `"text"`; undefined where it is neither, or more than 64 bytes. */
export function parseBytes(query: string): Uint8Array | undefined {
  const quoted = /^"([ -~]+?)"?$/.exec(query.trim());
  const digits = query.replace(/^0x|\s/g, '');
  const isHex = digits.length > 0 && digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits);
  if (!quoted && !isHex) return undefined;
  const bytes = quoted
    ? Uint8Array.from(quoted[1]!, (character) => character.charCodeAt(0))
    : Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16));
  return bytes.length <= bytesMax ? bytes : undefined;
}

const pieceByteCount = 256 * 1024;

/** Where the bytes lie first, from an offset on and before an end. */
export function* findBytes(needle: Uint8Array, from: number, end: number): Reading<number | undefined> {
  for (let low = from; low + needle.length <= end; low += pieceByteCount) {
    // Pieces overlap, so that none cuts it in two.
    const piece = yield { offset: low, length: Math.min(end - low, pieceByteCount + needle.length - 1) };
    const at = indexOf(piece, needle);
    if (at >= 0) return low + at;
  }
  return undefined;
}

function indexOf(bytes: Uint8Array, needle: Uint8Array): number {
  const last = bytes.length - needle.length;
  for (let at = bytes.indexOf(needle[0]!); at >= 0 && at <= last; at = bytes.indexOf(needle[0]!, at + 1)) {
    if (needle.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
