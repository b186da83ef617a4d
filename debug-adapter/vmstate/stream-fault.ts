/** Everything that can be wrong with a stream. */
export type StreamFaultKind =
  /** The bytes end inside a record, or before EOF. `offset` is where they end. */
  | 'truncated'
  | 'bad-magic'
  /** A file of another kind, by its first bytes. */
  | 'foreign'
  | 'unsupported-version'
  | 'unknown-section-type'
  /** START or FULL with an id already taken, or PART and END with one never started. */
  | 'bad-section-id'
  | 'bad-footer'
  /** A length or count on the wire is larger than the reader's limits allow. */
  | 'length-beyond-bound'
  /** A name holds bytes that are not printable ASCII, or is empty. */
  | 'bad-name'
  /** A section of which no layout is known: its length cannot be told. */
  | 'unknown-device'
  /** QEMU has described a device so that its bytes cannot be told apart. */
  | 'hole-in-description'
  | 'unknown-subsection'
  /** A section that comes in parts holds what it never does. */
  | 'bad-section-body'
  | 'unknown-ram-flags'
  | 'bad-block-list'
  | 'unknown-block'
  /** A record refers to the block of the record before, and there is none. */
  | 'no-current-block'
  | 'page-out-of-range'
  | 'bad-zero-page'
  /** A compressed page, or one that comes as a difference, is none. */
  | 'bad-page'
  /** A virtio device's state that no legacy device behind virtio-mmio has. */
  | 'bad-virtio'
  | 'bad-description';

export interface StreamFault {
  readonly kind: StreamFaultKind;
  /** Bytes from the file's first to the field at fault. */
  readonly offset: number;
  /** The field at fault, in words: `section footer`, `device "serial"`. */
  readonly what: string;
  readonly expected: string | number;
  readonly actual: string | number;
  /** What to do about it, where that is not the same for all of its kind. */
  readonly advice?: string;
}

/** A stream that cannot be read. Nothing after `fault.offset` was delivered. */
export class StreamReadError extends Error {
  constructor(readonly fault: StreamFault) {
    super(faultText(fault));
  }
}

/** `bad-footer at byte 250: footer of section "ram": expected 126 (0x7e), found 2` */
export function faultText({ kind, offset, what, expected, actual }: StreamFault): string {
  if (kind === 'foreign') return `it is ${actual}, not a migration stream`;
  return `${kind} at byte ${offset}: ${what}: expected ${show(expected)}, found ${show(actual)}`;
}

function show(value: string | number): string {
  return typeof value === 'string' || value < 10 ? String(value) : `${value} (0x${value.toString(16)})`;
}

/** What to do about a fault, a whole sentence. */
export function faultAdvice({ kind, advice }: StreamFault): string {
  return advice ?? adviceByKind[kind] ?? 'The file is damaged there, or from a newer QEMU than this version knows.';
}

const adviceByKind: Partial<Record<StreamFaultKind, string>> = {
  truncated: 'The file ends too early: take the snapshot again, and let it complete.',
  'bad-magic': 'It is not a migration stream: give a file written by QEMU’s `migrate`.',
  'unknown-device': 'Take it with a VMDESCRIPTION: without `suppress-vmdesc=on`, `send-section-footer=off`.',
  'length-beyond-bound': 'No QEMU writes such a length: the file is damaged there.',
};

/** A part of a stream that is passed over although nothing is wrong with it. */
export function isMerelyUnknown({ kind }: StreamFault): boolean {
  return kind === 'unknown-device' || kind === 'hole-in-description';
}
