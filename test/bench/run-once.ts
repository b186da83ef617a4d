import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { OneResult, OneRun } from './time-travel-once';

export type { OneResult, OneRun };

const script = resolve(__dirname, '../../dist/bench-time-travel.js');

/** In a process of its own. */
export function runOnce(one: OneRun): OneResult {
  return JSON.parse(execFileSync(process.execPath, [script, JSON.stringify(one)], { encoding: 'utf8' }));
}
