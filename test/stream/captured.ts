import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export type Capture =
  | 'pc'
  | 'spike'
  | 's390x'
  | 'block'
  | 'dirty-bitmap'
  | 'compress'
  | 'mapped-ram'
  | 'xbzrle'
  | 'virt-10';

/** A stream kept in captures/. */
export function captured(name: Capture): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(join(__dirname, 'captures', `${name}.stream.gz`))));
}
