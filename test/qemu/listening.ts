import { readFileSync } from 'node:fs';

/** `__SO_ACCEPTCON` of Linux. */
const listening = '00010000';

/** Whether a program takes connections at a Unix socket: its file is there before that. */
export function isListening(path: string): boolean {
  const sockets = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return sockets.some((line) => line.endsWith(` ${path}`) && line.split(' ')[3] === listening);
}
