import { equal, ok } from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { legendCounts, Workbench } from './workbench';

describe('a what-if in VS Code in a browser', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ theme: 'Default Dark Modern' });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('what-if-failed');
  });
  after(() => workbench?.close());

  /** Starts the configuration and goes on through the phases at which a session stops by default. */
  async function startAndPass(configuration: string, ...phases: string[]): Promise<void> {
    await workbench.start(configuration);
    for (const phase of phases) {
      await workbench.stopsAt(phase);
      await workbench.page.keyboard.press('F5');
    }
  }

  it('shows a deadlock: its wait-for graph, and what each thread waits for', async () => {
    await startAndPass('What if the migration thread itself', 'State stash', 'WP arm', 'vm_start bottom half');
    const { page } = workbench;
    await page.locator('.debug-call-stack', { hasText: 'migration: waits for uffd: page 0x' }).waitFor();
    await page.locator('.exception-widget', { hasText: 'migration waits for uffd: page 0x' }).waitFor();
    equal((await legendCounts(await workbench.pageMap())).get('faulting'), 1);
    await workbench.screenshot('what-if-1-deadlock');
    await page.keyboard.press('Shift+F5');
    await (await workbench.pageMap()).locator('.run.ended').waitFor();
  });

  it('colours leaked pages on the map, and names them in the debug console', async () => {
    await startAndPass('What if RAM is not populated', 'State stash', 'WP arm', 'vm_start bottom half');
    await workbench.stopsAt('Completed');
    const map = await workbench.pageMap();
    ok((await legendCounts(map)).get('leaked')! > 1000);
    await workbench.page.keyboard.press('F5');
    await map.locator('.run.running').waitFor();
    await workbench.page.keyboard.press('Control+Shift+Y');
    await workbench.page.locator('.repl', { hasText: 'no page-table entry' }).waitFor();
    await workbench.screenshot('what-if-2-leaked');
  });
});
