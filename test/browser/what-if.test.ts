import { equal, ok } from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { defaultStops, legendCounts, Workbench } from './workbench';

describe('a what-if in VS Code in a browser', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ theme: 'Default Dark Modern' });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('what-if-failed');
  });
  after(() => workbench?.close());

  /** Starts the configuration and goes on through the stops at which a session stops by default. */
  async function startAndPass(configuration: string, stops: readonly (readonly [string, string])[]): Promise<void> {
    await workbench.start(configuration);
    for (const [stop, phase] of stops) {
      await workbench.stopsAt(stop, phase);
      await workbench.page.keyboard.press('F5');
    }
  }

  it('shows a deadlock: its wait-for graph, and what each thread waits for', async () => {
    const stops = defaultStops
      .slice(0, 4)
      .map(([stop], index) => [stop, index < 2 ? stop : 'vm_start bottom half'] as const);
    await startAndPass('What if the migration thread itself', stops);
    const { page } = workbench;
    await page.locator('.exception-widget', { hasText: 'migration waits for uffd: page 0x' }).waitFor();
    const map = await workbench.pageMap();
    equal((await legendCounts(map)).get('faulting'), 1);
    await map.locator('time-line .waits li', { hasText: 'migration waits for uffd: page 0x' }).waitFor();
    equal(await map.locator('time-line .waits .edge.circle').count(), 1);
    await workbench.screenshot('what-if-1-deadlock');
    await map.locator('time-line button.label', { hasText: 'main loop' }).click();
    await page.locator('.debug-call-stack .monaco-list-row.selected', { hasText: 'mainLoop' }).waitFor();
    await workbench.screenshot('what-if-1-deadlock-main-loop');
    await page.keyboard.press('Shift+F5');
    await (await workbench.pageMap()).locator('.run.ended').waitFor();
  });

  it('colours leaked pages on the map, and names them in the debug console', async () => {
    await startAndPass('What if RAM is not populated', defaultStops.slice(0, 4));
    await workbench.stopsAt('Completed');
    const map = await workbench.pageMap();
    ok((await legendCounts(map)).get('leaked')! > 1000);
    await workbench.page.keyboard.press('F5');
    await map.locator('.run.running').waitFor();
    await workbench.page.keyboard.press('Control+Shift+Y');
    await workbench.page.locator('.repl', { hasText: 'no page-table entry' }).waitFor();
    await workbench.screenshot('what-if-2-leaked');
    await workbench.stepsDone('leak');
  });
});
