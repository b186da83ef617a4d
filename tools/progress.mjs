// What every tool says while it works, so that a silent minute is never mistaken for a hang.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = resolve(fileURLToPath(import.meta.url), '../..');

/** What belongs to this checkout and to no commit. */
export const checkoutCache = resolve(root, '.cache');

/** One line of progress. */
export function say(text) {
  process.stdout.write(`freezeframe: ${text}\n`);
}

/** Runs `work`, naming it before and its duration after, with a sign of life every ten seconds in between. */
export async function step(name, work) {
  const start = Date.now();
  const seconds = () => `${((Date.now() - start) / 1000).toFixed(1)} s`;
  say(`${name} …`);
  const life = setInterval(() => say(`${name} … ${seconds()}`), 10_000);
  try {
    const result = await work();
    say(`${name}: done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(life);
  }
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} options `quiet` keeps the output unless it fails
 * @returns {Promise<string>} what it printed, when quiet
 * @throws {Error} that names the command and its exit code, with the end of a quiet command's output
 */
export function run(command, args, { cwd = root, env = process.env, quiet = false } = {}) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32' && command.endsWith('.cmd'),
    });
    let output = '';
    child.stdout?.on('data', (data) => {
      output += data;
    });
    child.stderr?.on('data', (data) => {
      output += data;
    });
    child.on('error', (error) => failed(new Error(`cannot run ${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) done(output);
      else {
        const end = output.trimEnd().split('\n').slice(-30).join('\n');
        failed(new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}${end && `:\n${end}`}`));
      }
    });
  });
}

/** npm, whatever the platform calls it. */
export const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
