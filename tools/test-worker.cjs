// Runs test files in one process, one after the other, as test-pool.mjs sends them: `{ file }` in, a `Result` out.
const { format } = require('node:util');
const { Mocha } = require('mocha');
const { timeout } = require('../.mocharc.json');
process.setSourceMapsEnabled(true);
const { files } = require('../out/tests.js');

/**
 * @typedef {object} Result
 * @property {string} file
 * @property {number} passed
 * @property {string[]} failed full titles
 * @property {number} notRun what a missing part, or the tests themselves, kept from running
 * @property {number} seconds
 * @property {string} output what the reporter printed
 */

const isMissing = (error) => error?.code === 'MISSING_PART';

/** What a missing part means has been said once, before the tests. */
class Report extends Mocha.reporters.Spec {
  epilogue() {
    this.failures = this.failures.filter(({ err }) => !isMissing(err));
    if (this.failures.length > 0) Mocha.reporters.Base.list(this.failures);
  }
}

process.on('message', ({ file, color }) => {
  const start = performance.now();
  const lines = [];
  Mocha.reporters.Base.consoleLog = (...values) => lines.push(format(...values));
  const result = { file, passed: 0, failed: [], notRun: 0 };
  const mocha = new Mocha({ timeout, reporter: Report, color });
  mocha.suite.emit('pre-require', globalThis, file, mocha);
  files[file]();
  const runner = mocha.run(() => {
    // It listens to the process; the next file's listens too.
    mocha.dispose();
    process.send({ ...result, seconds: (performance.now() - start) / 1000, output: lines.join('\n') });
  });
  runner.on('pass', () => result.passed++);
  runner.on('pending', () => result.notRun++);
  runner.on('fail', (runnable, error) => {
    if (!isMissing(error)) result.failed.push(runnable.fullTitle());
    else result.notRun += runnable.type === 'hook' ? runnable.parent.total() : 1;
  });
});
process.on('disconnect', () => process.exit());
