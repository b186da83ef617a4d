import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In VS Code's own file system in memory, which each window has for itself. Its authority is a part of paths there. */
export const virtualFolder = 'tmp://memory/';

/**
 * Writes the program that takes snapshots out of the workspace.
 *
 * @param outside URI of the folder that gets them
 * @returns its path, as VS Code takes that of an extension's tests
 */
export function handingOver(folder: string, outside: string): string {
  const program = readFileSync(join(__dirname, 'hand-over-snapshots.js'), 'utf8');
  writeFileSync(join(folder, 'hand-over-snapshots.js'), `const outside = ${JSON.stringify(outside)};\n${program}`);
  return join(folder, 'hand-over-snapshots');
}
