import type { State } from './device-state';

/**
 * What a stream is made of, in the order of its bytes: the records of a whole stream, laid end to end, are its bytes.
 */
export type StreamRecord = RecordExtent &
  (
    | { readonly kind: 'header'; readonly version: number }
    | ({ readonly kind: 'configuration' } & Configuration)
    | { readonly kind: 'sectionStart'; readonly type: 'start' | 'part' | 'end' | 'full'; readonly section: SectionName }
    | { readonly kind: 'ramBlockList'; readonly blocks: readonly StreamRamBlock[] }
    /** `bytes` is a view, good only during the call that delivers it. `offset` of the record is `start`. */
    | { readonly kind: 'ramPage'; readonly block: string; readonly pageOffset: number; readonly bytes: Uint8Array }
    | { readonly kind: 'zeroPage'; readonly block: string; readonly pageOffset: number }
    /** The end of one section's RAM records. */
    | { readonly kind: 'ramEos' }
    /** The body of a FULL section, parsed, and its bytes (a view, like a page's). */
    | { readonly kind: 'device'; readonly section: SectionName; readonly state: State; readonly bytes: Uint8Array }
    | { readonly kind: 'sectionEnd'; readonly id: number }
    /** MIG_CMD_*: postcopy and return-path handshakes, which QEMU sends only when asked to. */
    | { readonly kind: 'command'; readonly command: number; readonly bytes: Uint8Array }
    | { readonly kind: 'eof' }
    | { readonly kind: 'vmDescription'; readonly text: string }
  );

export interface RecordExtent {
  /** Bytes from the stream's first to the record's first. */
  readonly start: number;
  readonly byteCount: number;
}

export interface SectionName {
  readonly id: number;
  readonly name: string;
  readonly instanceId: number;
  readonly version: number;
}

export interface Configuration {
  /** `virt`. */
  readonly machine: string;
  /** Capabilities that the destination must share, by QEMU's names. */
  readonly capabilities?: readonly string[];
  readonly targetPageBits?: number;
  readonly uuid?: Uint8Array;
}

export interface StreamRamBlock {
  readonly name: string;
  /** `used_length`. */
  readonly byteCount: number;
  /** Guest physical address: there only with the capability `x-ignore-shared`. */
  readonly address?: number;
}
