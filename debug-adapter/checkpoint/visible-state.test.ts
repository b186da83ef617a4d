import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const rooms = ['simulation', 'migration', 'vmm', 'timeline', 'emulator/devices', 'emulator/machine'];

/** What never changes, or is nobody's to put back. */
const needsNoKeeping = [
  'disk-contents.ts #image',
  'disk-contents.ts #written',
  'disk-digests.ts #buffer',
  'disk-digests.ts #ofPieces',
  'disk-digests.ts #ofZeros',
  'fw-cfg.ts #entries',
  'symbol-table.ts #debug',
  'thread-witness.ts #last',
];

describe('the state of a run', () => {
  it('lies where a checkpoint sees it, or its object keeps it', () => {
    const hidden = rooms.flatMap((room) => {
      const folder = join(__dirname, '..', room);
      const files = readdirSync(folder).filter((name) => /\.ts$/.test(name) && !/\.test\.ts$/.test(name));
      return files.flatMap((name) => {
        const source = readFileSync(join(folder, name), 'utf8');
        if (/^ {2}putBack\(/m.test(source)) return [];
        return [...source.matchAll(/^ {2}(?:readonly )?(#\w+)(?=[\s:=;!])/gm)].map(([, field]) => `${name} ${field}`);
      });
    });
    assert.deepEqual(hidden.sort(), needsNoKeeping);
  });
});
