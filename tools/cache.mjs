// What is fetched, or built from what was fetched: one cache for all checkouts of this user.
//   npm run clean-cache      empties it
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from './progress.mjs';

const home = process.env.XDG_CACHE_HOME ?? '';
/** The XDG base directory specification wants a relative path ignored. */
export const sharedCache = resolve(isAbsolute(home) ? home : resolve(homedir(), '.cache'), 'freezeframe');

/** Between an entry's name and a random end, while it is being filled. */
const unfinished = '.unfinished-';
const dayMs = 24 * 60 * 60_000;

/**
 * An entry's folder, or undefined.
 * @param {string} name with the version of what it holds
 */
export function findCached(name) {
  const folder = resolve(sharedCache, name);
  return existsSync(folder) ? folder : undefined;
}

/**
 * An entry's folder, filled first if there is none. It appears whole or not at all; of two processes that fill the same
 * entry, the one that ends first keeps it and both use it.
 * @param {string} name with the version of what it holds
 * @param {(folder: string) => Promise<void> | void} fill writes what the entry holds into an empty folder
 */
export async function cached(name, fill) {
  const folder = resolve(sharedCache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(sharedCache, { recursive: true });
  removeAbandoned();
  const provisional = mkdtempSync(`${folder}${unfinished}`);
  try {
    await fill(provisional);
    renameSync(provisional, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(provisional, { recursive: true, force: true });
  }
  return folder;
}

/** What processes that were killed have left behind: nothing takes a day to fetch. */
function removeAbandoned() {
  for (const name of readdirSync(sharedCache)) {
    if (!name.includes(unfinished)) continue;
    const folder = resolve(sharedCache, name);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > dayMs) rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  rmSync(sharedCache, { recursive: true, force: true });
  say(`emptied ${sharedCache}`);
}
