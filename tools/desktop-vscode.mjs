// A desktop VS Code, where there is one.
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** The `code` command on the PATH, or undefined. */
export function findCodeCommand() {
  const name = process.platform === 'win32' ? 'code.cmd' : 'code';
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The program that `code` starts, which runs extension tests; undefined where it is not found or has no screen. */
export function findCodeProgram() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return undefined;
  const command = findCodeCommand();
  if (!command) return undefined;
  const besideCommand = { win32: '../../Code.exe', darwin: '../../../../MacOS/Electron', linux: '../../code' };
  const program = resolve(realpathSync(command), besideCommand[process.platform] ?? '');
  return existsSync(program) ? program : undefined;
}
