/** Everything that can be wrong with a stream. */
export type StreamFaultKind =
  /** The bytes end inside a record, or before EOF. `offset` is where they end. */
  | 'truncated'
  | 'bad-magic'
  | 'unsupported-version'
  | 'unknown-section-type'
  /** START or FULL with an id already taken, or PART and END with one never started. */
  | 'bad-section-id'
  | 'bad-footer'
  /** A length or count on the wire is larger than the reader's limits allow. */
  | 'length-beyond-bound'
  /** A name holds bytes that are not printable ASCII, or is empty. */
  | 'bad-name'
  /** A device section of which no layout is known: its length cannot be told. */
  | 'unknown-device'
  | 'unknown-subsection'
  | 'unknown-ram-flags'
  | 'bad-block-list'
  | 'unknown-block'
  /** A record refers to the block of the record before, and there is none. */
  | 'no-current-block'
  | 'page-out-of-range'
  | 'bad-zero-page'
  /** A virtio device's state that no legacy device behind virtio-mmio has. */
  | 'bad-virtio'
  | 'bad-description'
  /** No VMDESCRIPTION at the file's end. */
  | 'no-description'
  /** Bytes after the end of the stream. */
  | 'trailing-bytes';

export interface StreamFault {
  readonly kind: StreamFaultKind;
  /** Bytes from the stream's first to the field at fault. */
  readonly offset: number;
  /** The field at fault, in words: `section footer`, `device "serial"`. */
  readonly what: string;
  readonly expected: string | number;
  readonly actual: string | number;
}

/** A stream that cannot be read. Nothing after `fault.offset` was delivered. */
export class StreamReadError extends Error {
  constructor(readonly fault: StreamFault) {
    super(
      `${fault.kind} at byte ${fault.offset}: ${fault.what}: expected ${show(fault.expected)}, found ${show(fault.actual)}`,
    );
  }
}

function show(value: string | number): string {
  return typeof value === 'string' ? value : `${value} (0x${value.toString(16)})`;
}
