import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A stream kept in captures/. */
export function captured(name: 'pc' | 'spike'): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(join(__dirname, 'captures', `${name}.stream.gz`))));
}
