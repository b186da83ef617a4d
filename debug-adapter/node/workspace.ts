import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Workspace } from '../command-line/launch-json';

/** A folder as variables of launch.json and tasks.json see it, on this machine. */
export function workspaceAt(folder: string): Workspace {
  const { platform } = process;
  return {
    folder: resolve(folder).replaceAll('\\', '/'),
    home: homedir(),
    platform: platform === 'win32' ? 'windows' : platform === 'darwin' ? 'osx' : 'linux',
    environment: process.env,
  };
}
