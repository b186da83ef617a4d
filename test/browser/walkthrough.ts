/** The walkthrough, done as it says; a picture of each step can be taken where it has shown what it is about. */
import manifest from '../../package.json';
import type { Workbench } from './workbench';

const { steps } = manifest.contributes.walkthroughs[0]!;
const leak = 'What if RAM is not populated before the freeze: new pages leak';

/** Pictures that the walkthrough's steps have. */
export type Picture = 'run' | 'writeFault' | 'page' | 'stepMigration' | 'back' | 'leak' | 'file';

/** From no session to the end of the second one, which stands at its completed snapshot; all steps are ticked off. */
export async function walkThrough(workbench: Workbench, take: (picture: Picture) => Promise<void>): Promise<void> {
  const { page } = workbench;
  const goOn = async (...stops: (readonly [string, string])[]) => {
    for (const [stop, phase] of stops) {
      await page.keyboard.press('F5');
      await workbench.stopsAt(stop, phase);
    }
  };
  const toolbar = (icon: string) => page.locator(`.debug-toolbar .codicon-${icon}`).click();
  const hart = { thread: 'hart 0', frame: /^rewrite_page/, variable: /^round =/ };

  await workbench.perform('Freezeframe: Run the Sample');
  await workbench.stopsAt('State stash');
  await take('run');
  await goOn(['WP arm', 'WP arm'], ['vm_start bottom half', 'Save'], ['Write fault', 'Save']);
  await workbench.seesStop({ ...hart, line: /word/, stop: 'Write fault' });
  await take('writeFault');
  const map = await workbench.pageMap();
  await map.locator('button.link', { hasText: 'page 0x' }).click();
  await map.locator('.tooltip').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.tab.active', { hasText: 'Memory 0x' }).waitFor();
  await take('page');
  await map.locator('time-line button.label', { hasText: 'migration' }).click();
  await workbench.stopsAt('Selected', 'Save');
  for (let count = 0; count < 2; count++) {
    await page.keyboard.press('F10');
    await workbench.stopsAt('Paused on step', 'Save');
  }
  const stepped = { thread: 'migration', stop: 'Paused on step', frame: /^ramSaveIterate/, line: /saved = / };
  await workbench.seesStop({ ...stepped, variable: /^phase =/ });
  await take('stepMigration');
  await toolbar('debug-reverse-continue');
  await workbench.seesStop({ ...hart, line: /word/, stop: 'Write fault' });
  await toolbar('debug-step-back');
  await workbench.seesStop({ ...hart, line: /./, stop: 'Paused on step' });
  await take('back');
  await page.keyboard.press('Shift+F5');
  await map.locator('.run.ended').waitFor();
  await workbench.start(leak);
  await workbench.stopsAt('State stash');
  await goOn(
    ['WP arm', 'WP arm'],
    ['vm_start bottom half', 'Save'],
    ['Write fault', 'Save'],
    ['Completed', 'Completed'],
  );
  await map.locator('canvas.cells').first().waitFor();
  await take('leak');
  // A button, or an icon where there is little room.
  const open = map.locator('.report :is(vscode-button:has-text("Open Snapshot"), [label="Open Snapshot"])');
  await open.click();
  const editor = await workbench.webviewWith('snapshot-editor .verdict .title');
  await editor.locator('snapshot-map canvas').first().waitFor();
  await take('file');
  await workbench.stepsDone(...steps.map(({ id }) => id));
}
