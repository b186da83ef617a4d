import type { StateLimits } from './device-state';

/** How much a stream may make its reader keep. */
export interface ReaderLimits extends StateLimits {
  readonly ramBlockCountMax: number;
  readonly sectionCountMax: number;
  readonly descriptionByteCountMax: number;
  /** Of a device's part in it. */
  readonly deviceDescriptionByteCountMax: number;
}

export const defaultLimits: ReaderLimits = {
  byteCountMax: 16 * 2 ** 20,
  freeElementCountMax: 2 ** 16,
  ramBlockCountMax: 1024,
  sectionCountMax: 65_536,
  descriptionByteCountMax: 16 * 2 ** 20,
  deviceDescriptionByteCountMax: 16 * 2 ** 20,
};
