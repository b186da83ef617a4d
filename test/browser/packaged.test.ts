import { equal, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { name, version } from '../../package.json';
import { defaultStops, legendCounts, Workbench } from './workbench';

const root = resolve(__dirname, '../..');

describe('the packaged extension, installed, without node_modules', () => {
  let workbench: Workbench;
  before(async () => {
    execFileSync(process.execPath, [resolve(root, 'tools/package.mjs')]);
    const vsix = resolve(root, `${name}-${version}.vsix`);
    workbench = await Workbench.open({ theme: 'Default Light Modern', vsix });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('packaged-failed');
  });
  after(() => workbench?.close());

  it('runs a session to its snapshot', async () => {
    await workbench.pressF5();
    for (const [stop, phase] of defaultStops) {
      await workbench.stopsAt(stop, phase);
      if (stop !== 'Completed') await workbench.page.keyboard.press('F5');
    }
    const counts = await legendCounts(await workbench.pageMap());
    equal(counts.get('protected'), 0);
    ok((counts.get('zero') ?? 0) > 0);
    await workbench.screenshot('packaged-completed');
  });
});
