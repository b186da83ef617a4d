import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, 'golden');
const root = join(__dirname, '../..');

/**
 * Compares lines with the golden file of a name, whole. Paths of this machine are written as `<root>` and `<folder>`;
 * nothing else is left out or changed.
 */
export function matchesGolden(name: string, lines: readonly string[], runFolder: string): void {
  const text = `${lines.join('\n')}\n`
    .replaceAll(runFolder, '<folder>')
    .replaceAll(root, '<root>')
    .replaceAll('\\', '/');
  const path = join(folder, `${name}.txt`);
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'), `the transcript differs from ${path}`);
}
