/**
 * The framing of gdb's remote serial protocol (gdb manual, appendix "gdb Remote Serial Protocol", Overview): `$data#cc`, with
 * `}` before what may not stand for itself. Data are texts in which each character is a byte.
 */
export type Received =
  | { readonly kind: 'packet'; readonly data: string }
  /** Its checksum is wrong: the other end is to send it again. */
  | { readonly kind: 'broken' }
  | { readonly kind: 'too-long' }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'ack' }
  | { readonly kind: 'nack' };

export const ack = '+';
export const nack = '-';

const interrupt = 0x03;
const escapeBit = 0x20;

/** Bytes, as they come, into packets. */
export class PacketReader {
  /** Of the packet that has begun. */
  #data: string | undefined;
  #byteCount = 0;
  #sum = 0;
  /** Undefined before the `#`. */
  #checksum: string | undefined;

  /** @param byteCountMax of what stands between `$` and `#` */
  constructor(private readonly byteCountMax: number) {}

  *read(bytes: Uint8Array): Generator<Received, void> {
    for (const byte of bytes) {
      const received = this.#data === undefined ? this.#between(byte) : this.#within(byte);
      if (received) yield received;
    }
  }

  #between(byte: number): Received | undefined {
    if (byte === interrupt) return { kind: 'interrupt' };
    switch (String.fromCharCode(byte)) {
      case '$':
        this.#begin();
        return undefined;
      case ack:
        return { kind: 'ack' };
      case nack:
        return { kind: 'nack' };
      default:
        return undefined;
    }
  }

  #begin(): void {
    this.#data = '';
    this.#byteCount = 0;
    this.#sum = 0;
    this.#checksum = undefined;
  }

  #within(byte: number): Received | undefined {
    const character = String.fromCharCode(byte);
    if (this.#checksum !== undefined) {
      this.#checksum += character;
      return this.#checksum.length < 2 ? undefined : this.#end(this.#checksum);
    }
    // It has lost the end of the one before.
    if (character === '$') this.#begin();
    else if (character === '#') this.#checksum = '';
    else {
      this.#sum = (this.#sum + byte) & 0xff;
      if (++this.#byteCount <= this.byteCountMax) this.#data += character;
    }
    return undefined;
  }

  #end(checksum: string): Received {
    const data = this.#data!;
    this.#data = undefined;
    if (checksum.toLowerCase() !== hexByte(this.#sum)) return { kind: 'broken' };
    return this.#byteCount > this.byteCountMax ? { kind: 'too-long' } : { kind: 'packet', data: unescaped(data) };
  }
}

/** As bytes to send. */
export function encodePacket(data: string): Uint8Array {
  const escaped = data.replace(/[#$}*]/g, (character) => `}${flipped(character)}`);
  let sum = 0;
  for (let index = 0; index < escaped.length; index++) sum = (sum + escaped.charCodeAt(index)) & 0xff;
  return bytesOf(`$${escaped}#${hexByte(sum)}`);
}

/** Each character is a byte. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function unescaped(data: string): string {
  return data.replace(/\}([\s\S])/g, (_, character: string) => flipped(character));
}

function flipped(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) ^ escapeBit);
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
