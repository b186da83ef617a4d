import { ByteSink } from '../../vmstate/byte-sink';

/**
 * Writes a flattened device tree, version 17 (Devicetree Specification 0.4, chapter 5).
 *
 * ```
 * header 40 bytes │ memory reservations (none: one zero entry) │ structure block │ strings block │ zeros
 * ```
 */
export class FdtWriter {
  private readonly _structure = new ByteSink(0x2000);
  private readonly _strings = new ByteSink(0x400);
  private readonly _stringOffsets = new Map<string, number>();

  node(name: string, content: () => void): void {
    this._structure.u32(beginNode);
    this.#padded(encoder.encode(`${name}\0`));
    content();
    this._structure.u32(endNode);
  }

  /** A property without a value: true by being there. */
  flag(name: string): void {
    this.#beginProperty(name, 0);
  }

  cells(name: string, ...values: number[]): void {
    this.#beginProperty(name, values.length * 4);
    for (const value of values) this._structure.u32(value);
  }

  /** One string, or a list of strings each with its own terminating zero. */
  strings(name: string, ...values: string[]): void {
    const bytes = encoder.encode(values.map((value) => `${value}\0`).join(''));
    this.#beginProperty(name, bytes.length);
    this.#padded(bytes);
  }

  /**
   * The tree, with zeros behind it up to `totalByteCount`. Its header names only what it needs, as QEMU's do after
   * `fdt_pack`: who edits it in place knows what room there is, and the kernel reserves no more than it must.
   * @throws RangeError when it does not fit
   */
  finish(totalByteCount: number): Uint8Array {
    this._structure.u32(end);
    const structure = this._structure.bytes();
    const strings = this._strings.bytes();
    const structureOffset = headerByteCount + reservationByteCount;
    const stringsOffset = structureOffset + structure.length;
    const usedByteCount = stringsOffset + strings.length;
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
      strings.length,
      structure.length,
    ];
    for (const [index, word] of header.entries()) view.setUint32(index * 4, word);
    bytes.set(structure, structureOffset);
    bytes.set(strings, stringsOffset);
    return bytes;
  }

  /** What follows is the value, of so many bytes. */
  #beginProperty(name: string, byteCount: number): void {
    this._structure.u32(property);
    this._structure.u32(byteCount);
    this._structure.u32(this.#stringOffset(name));
  }

  #stringOffset(name: string): number {
    let offset = this._stringOffsets.get(name);
    if (offset === undefined) {
      offset = this._strings.byteCount;
      this._stringOffsets.set(name, offset);
      this._strings.ascii(`${name}\0`);
    }
    return offset;
  }

  /** With zeros behind, up to a whole word. */
  #padded(bytes: Uint8Array): void {
    this._structure.writeBytes(bytes);
    while (this._structure.byteCount % 4 !== 0) this._structure.u8(0);
  }
}

const encoder = new TextEncoder();
const magic = 0xd00d_feed;
const version = 17;
const lastCompatibleVersion = 16;
const headerByteCount = 40;
const reservationByteCount = 16;
const beginNode = 1;
const endNode = 2;
const property = 3;
const end = 9;
