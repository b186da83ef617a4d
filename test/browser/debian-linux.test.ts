import { after, afterEach, before, describe, it } from 'mocha';
import { requireLinuxGuest, shellPrompt } from '../../tools/linux-guest.mjs';
import { defaultStops, Workbench } from './workbench';

describe('Debian Linux in VS Code', function () {
  this.bail(true);
  let workbench: Workbench;
  before(async () => {
    requireLinuxGuest();
    workbench = await Workbench.open({ theme: 'Default Dark Modern', ownSample: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('linux-failed');
  });
  after(() => workbench?.close());

  const consoleText = (text: string) => workbench.page.locator('.xterm-rows', { hasText: text }).last();

  it('boots from the sample workspace and stops when its snapshot begins', async () => {
    await workbench.start('Debian Linux');
    await workbench.stopsAt('State stash');
    await consoleText('Run /init as init process').waitFor();
    await workbench.screenshot('linux-1-state-stash');
  });

  it('goes on to the shell, which answers, while every page has been saved', async () => {
    for (const [stop, phase] of defaultStops.slice(1)) {
      await workbench.page.keyboard.press('F5');
      await workbench.stopsAt(stop, phase);
    }
    await workbench.page.keyboard.press('F5');
    await consoleText(shellPrompt.trim()).waitFor();
    await workbench.page.locator('.terminal-wrapper.active .xterm').click();
    await workbench.page.keyboard.type('uname -m; nproc\n');
    await consoleText('riscv64').waitFor();
    await workbench.screenshot('linux-2-shell');
  });

  it('stands at its end when the guest powers off, and is over when continued', async () => {
    await workbench.page.keyboard.type('poweroff -f\n');
    await workbench.stopsAt('Powered off', 'Completed');
    await workbench.page.keyboard.press('F5');
    await (await workbench.pageMap()).locator('.run.ended').waitFor();
  });
});
