import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In VS Code's own file system in memory, which each window has for itself. Its authority is a part of paths there. */
export const virtualFolder = 'tmp://memory/';

/**
 * Writes the program that fills the workspace.
 *
 * @param source URI of the folder that it is filled from, and that gets its snapshots
 * @returns its path, as VS Code takes that of an extension's tests
 */
export function virtualWorkspace(folder: string, source: string): string {
  const program = readFileSync(join(__dirname, 'fill-workspace.js'), 'utf8');
  writeFileSync(join(folder, 'fill-workspace.js'), `const source = ${JSON.stringify(source)};\n${program}`);
  return join(folder, 'fill-workspace');
}
