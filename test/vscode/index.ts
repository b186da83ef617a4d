/** Entry in the extension host: VS Code calls `run`, and a rejection is a failed test run. */
import { format } from 'node:util';
import Mocha from 'mocha';

export async function run(): Promise<void> {
  // The launcher that stands in for VS Code finds our lines by this mark.
  const mark = process.env.FREEZEFRAME_TEST_MARK ?? '';
  Mocha.reporters.Base.consoleLog = (...values) => {
    for (const line of format(...values).split('\n')) console.log(`${mark}${line}`);
  };
  const mocha = new Mocha({ ui: 'bdd', timeout: 300_000, color: false });
  mocha.suite.emit('pre-require', globalThis, 'index', mocha);
  await import('./assembly.test');
  await import('./source-values.test');
  await import('./snapshot-session.test');
  await import('./real-qemu.test');
  await import('./language-model-tools.test');
  const failures = await new Promise<number>((done) => void mocha.run(done));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
