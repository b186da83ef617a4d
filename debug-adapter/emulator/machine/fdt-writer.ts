/**
 * Writes a flattened device tree, version 17 (Devicetree Specification 0.4, chapter 5).
 *
 * ```
 * header 40 bytes │ memory reservations (none: one zero entry) │ structure block │ strings block │ zeros
 * ```
 */
export class FdtWriter {
  private readonly _structure = new Words();
  private readonly _strings: number[] = [];
  private readonly _stringOffsets = new Map<string, number>();

  node(name: string, content: () => void): void {
    this._structure.push(beginNode);
    this._structure.pushBytes(cString(name));
    content();
    this._structure.push(endNode);
  }

  /** A property without a value: true by being there. */
  flag(name: string): void {
    this.#property(name, new Uint8Array());
  }

  cells(name: string, ...values: number[]): void {
    const bytes = new Uint8Array(values.length * 4);
    const view = new DataView(bytes.buffer);
    for (const [index, value] of values.entries()) view.setUint32(index * 4, value);
    this.#property(name, bytes);
  }

  /** One string, or a list of strings each with its own terminating zero. */
  strings(name: string, ...values: string[]): void {
    this.#property(name, Uint8Array.from(values.flatMap((value) => [...cString(value)])));
  }

  /**
   * The tree, with zeros behind it up to `totalByteCount`. Its header names only what it needs, as QEMU's do after
   * `fdt_pack`: who edits it in place knows what room there is, and the kernel reserves no more than it must.
   * @throws RangeError when it does not fit
   */
  finish(totalByteCount: number): Uint8Array {
    this._structure.push(end);
    const structure = this._structure.bytes();
    const structureOffset = headerByteCount + reservationByteCount;
    const stringsOffset = structureOffset + structure.length;
    const usedByteCount = stringsOffset + this._strings.length;
    if (usedByteCount > totalByteCount) throw new RangeError(`device tree: ${usedByteCount} > ${totalByteCount} bytes`);
    const bytes = new Uint8Array(totalByteCount);
    const view = new DataView(bytes.buffer);
    const bootHart = 0;
    const header = [
      magic,
      usedByteCount,
      structureOffset,
      stringsOffset,
      headerByteCount,
      version,
      lastCompatibleVersion,
      bootHart,
      this._strings.length,
      structure.length,
    ];
    for (const [index, word] of header.entries()) view.setUint32(index * 4, word);
    bytes.set(structure, structureOffset);
    bytes.set(this._strings, stringsOffset);
    return bytes;
  }

  #property(name: string, value: Uint8Array): void {
    this._structure.push(property);
    this._structure.push(value.length);
    this._structure.push(this.#stringOffset(name));
    this._structure.pushBytes(value);
  }

  #stringOffset(name: string): number {
    let offset = this._stringOffsets.get(name);
    if (offset === undefined) {
      offset = this._strings.length;
      this._stringOffsets.set(name, offset);
      this._strings.push(...cString(name));
    }
    return offset;
  }
}

const magic = 0xd00d_feed;
const version = 17;
const lastCompatibleVersion = 16;
const headerByteCount = 40;
const reservationByteCount = 16;
const beginNode = 1;
const endNode = 2;
const property = 3;
const end = 9;

/** Big-endian words; byte strings are padded to whole words. */
class Words {
  private readonly _bytes: number[] = [];

  push(word: number): void {
    this._bytes.push((word >>> 24) & 0xff, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff);
  }

  pushBytes(bytes: Uint8Array): void {
    this._bytes.push(...bytes);
    while (this._bytes.length % 4 !== 0) this._bytes.push(0);
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this._bytes);
  }
}

function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
