// Runs bundled test files side by side in a few processes; every process takes the next file when it is free.
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkoutCache, root, say } from './progress.mjs';

/** How many seconds each file took when it was last run here. */
const timesFile = resolve(checkoutCache, 'test-times.json');

/** Test files that wait to be run; prints what each one reported when it has ended. */
export class TestPool {
  #waiting;
  #fileCount;
  #times = {};
  #results = [];
  #work = [];

  /** @param {readonly string[]} files paths in the checkout */
  constructor(files) {
    this.#waiting = longestFirst(files, timesOfLastRun());
    this.#fileCount = files.length;
  }

  /**
   * @param {number} processCount unless given, as many as there are cores: with more, each takes more of their time
   * @returns {Promise<{ passed: number, failed: string[], notRun: number }>} counts, and the names of what failed
   */
  async run(processCount = availableParallelism()) {
    for (let count = Math.min(processCount, this.#fileCount); count > 0; count--) this.help();
    for (let work = this.#work.shift(); work; work = this.#work.shift()) await work;
    mkdirSync(checkoutCache, { recursive: true });
    writeFileSync(timesFile, JSON.stringify({ ...timesOfLastRun(), ...this.#times }));
    return {
      passed: this.#results.reduce((sum, { passed }) => sum + passed, 0),
      failed: this.#results.flatMap(({ file, failed }) => failed.map((title) => `${file}: ${title}`)),
      notRun: this.#results.reduce((sum, { notRun }) => sum + notRun, 0),
    };
  }

  /** One process more. */
  help() {
    this.#work.push(this.#runWaiting());
  }

  async #runWaiting() {
    // A session that names no output locks one in the current folder: those of other processes are not in its way there.
    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-tests-'));
    let worker;
    for (let file = this.#waiting.shift(); file; file = this.#waiting.shift()) {
      if (!worker?.connected) worker = startWorker(folder);
      const result = await runIn(worker, file);
      this.#results.push(result);
      this.#times[file] = result.seconds;
      process.stdout.write(`${result.output}\n`);
      say(`${file}: ${result.seconds.toFixed(1)} s (${this.#results.length} of ${this.#fileCount})`);
    }
    if (worker?.connected) worker.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns {Record<string, number>} */
function timesOfLastRun() {
  try {
    return JSON.parse(readFileSync(timesFile, 'utf8'));
  } catch {
    return {};
  }
}

/** So that no core idles while another ends a long one. What is not known may be long, but beside its source none is. */
function longestFirst(files, times) {
  const timeOf = (file) => times[file] ?? (file.startsWith('test/') ? Infinity : 0);
  return [...files].sort((a, b) => (timeOf(a) === timeOf(b) ? 0 : timeOf(b) - timeOf(a)));
}

/**
 * A guest's RAM and the copies that tests make of it: with glibc's huge pages the kernel finds memory for them in a tenth
 * of the time. Who has no glibc takes no notice.
 */
const tunables = [process.env.GLIBC_TUNABLES, 'glibc.malloc.hugetlb=1'].filter(Boolean).join(':');

/** A collector of several threads waits for those that other processes keep from running, and takes more of the cores. */
const collector = ['--single-threaded-gc', '--min-semi-space-size=16'];

function startWorker(folder) {
  return fork(resolve(root, 'tools/test-worker.cjs'), {
    cwd: folder,
    execArgv: [...process.execArgv, ...collector],
    env: { ...process.env, GLIBC_TUNABLES: tunables },
  });
}

/** A process that ends before its file does is one failure, which names the file. */
function runIn(worker, file) {
  const start = performance.now();
  return new Promise((done) => {
    const lost = (code, signal) => {
      const seconds = (performance.now() - start) / 1000;
      const failed = [`the process ended with ${code ?? signal}`];
      done({ file, passed: 0, failed, notRun: 0, seconds, output: '' });
    };
    worker.once('exit', lost);
    worker.once('message', (result) => {
      worker.off('exit', lost);
      done(result);
    });
    worker.send({ file, color: process.stdout.isTTY === true });
  });
}
