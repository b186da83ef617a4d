import { type Survey, surveyStream } from '../../debug-adapter/snapshot-file/survey';
import type { RandomAccess } from '../../debug-adapter/vmstate/file-reader';

/** A file that is in memory. */
export function fileOf(bytes: Uint8Array): RandomAccess {
  return { byteCount: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

export function surveyOf(bytes: Uint8Array): Survey {
  return surveyStream(fileOf(bytes), () => {});
}
