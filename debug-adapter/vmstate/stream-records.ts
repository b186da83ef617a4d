import type { State } from './device-state';
import type { StreamFault } from './stream-fault';

/**
 * What a stream is made of, in the order of its bytes: the records of a whole stream, laid end to end, are its bytes. Only
 * pages at fixed places (`mapped-ram`) come out of turn, when the block list is complete.
 */
export type StreamRecord = RecordExtent &
  (
    | { readonly kind: 'header'; readonly version: number }
    | ({ readonly kind: 'configuration' } & Configuration)
    | { readonly kind: 'sectionStart'; readonly type: 'start' | 'part' | 'end' | 'full'; readonly section: SectionName }
    | { readonly kind: 'ramBlockList'; readonly blocks: readonly StreamRamBlock[] }
    /**
     * `bytes` is a view, good only during the call that delivers it. `offset` of the record is `start`. What stands for the
     * page are the record's last bytes, `encodedByteCount` of them when they are compressed.
     */
    | ({ readonly kind: 'ramPage'; readonly bytes: Uint8Array; readonly encodedByteCount?: number } & PageOfBlock)
    | ({ readonly kind: 'zeroPage' } & PageOfBlock)
    /** By `applyDifference`, against the page's last copy; `bytes` are the record's last. */
    | ({ readonly kind: 'pageDifference'; readonly bytes: Uint8Array } & PageOfBlock)
    /** Of the block list with `mapped-ram`, and of what lies between its entries. */
    | { readonly kind: 'mappedRam' }
    | { readonly kind: 'multifdFlush' }
    /** The end of one section's RAM records. */
    | { readonly kind: 'ramEos' }
    /** Of a section that comes in parts and is not RAM. */
    | { readonly kind: 'partRecord'; readonly section: SectionName }
    /** The body of a FULL section, parsed, and its bytes (a view, like a page's). */
    | { readonly kind: 'device'; readonly section: SectionName; readonly state: State; readonly bytes: Uint8Array }
    /** Bytes of a section that cannot be read, up to its footer, or some of them. `fault` says why. */
    | { readonly kind: 'unread'; readonly section: SectionName; readonly fault: StreamFault }
    | { readonly kind: 'sectionEnd'; readonly id: number }
    /** MIG_CMD_*: postcopy and return-path handshakes, which QEMU sends only when asked to. */
    | { readonly kind: 'command'; readonly command: number; readonly bytes: Uint8Array }
    | { readonly kind: 'eof' }
    | { readonly kind: 'vmDescription'; readonly text: string }
    /** Bytes behind the stream, of which QEMU reads none. */
    | { readonly kind: 'trailing' }
  );

export type RecordBody = StreamRecord extends infer R
  ? R extends RecordExtent
    ? Omit<R, keyof RecordExtent>
    : never
  : never;

interface PageOfBlock {
  readonly block: string;
  readonly pageOffset: number;
}

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
  /** With `mapped-ram`: where in the file the block's bitmap of pages and the pages lie. */
  readonly mapped?: { readonly bitmapOffset: number; readonly pagesOffset: number };
}
