/** Commands that go back through a run, where the Debug Adapter Protocol has no request or VS Code no button. */
import * as vscode from 'vscode';
import type { LastWriter, StepBackArguments } from '../../debug-adapter/protocol/messages';
import { customRequest } from './custom-requests';
import { inSession } from './in-session';

const lack = 'there is no run to go back through';

/** Commands `freezeframe.stepBackOver` and `freezeframe.stepBackOut`, of the thread that is selected. */
export function stepBack(depth: StepBackArguments['depth']): Promise<void> {
  return inSession(lack, async (session) => {
    const threadId = vscode.debug.activeStackItem?.threadId ?? 1;
    await customRequest(session, 'freezeframe.stepBack', { threadId, depth });
  });
}

/** Command `freezeframe.goTo`. */
export function goTo(): Promise<void> {
  return inSession(lack, async (session) => {
    const place = await vscode.window.showInputBox({
      title: 'Go to an Instant of This Run',
      prompt: 'A virtual time, “start”, or “instruction” with a count of the selected hart',
      placeHolder: '12.5ms',
    });
    if (place === undefined) return;
    const item = vscode.debug.activeStackItem;
    const frameId = item instanceof vscode.DebugStackFrame ? item.frameId : undefined;
    await session.customRequest('evaluate', { expression: `goto ${place}`, context: 'repl', frameId });
  });
}

/** Command `freezeframe.lastWriter`. @param asked guest physical memory; the user is asked where none is given */
export function lastWriter(asked?: { readonly address: string; readonly byteCount: number }): Promise<void> {
  return inSession(lack, async (session) => {
    const address = asked?.address ?? (await askForAddress());
    if (address === undefined) return;
    const found = vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: `Looking for the last write to ${address}` },
      () => customRequest(session, 'freezeframe.lastWriter', { address, byteCount: asked?.byteCount ?? 1 }),
    );
    const { text, isFound } = (await found) as LastWriter;
    const choice = await vscode.window.showInformationMessage(text, ...(isFound ? ['Go There'] : []));
    if (choice) await customRequest(session, 'freezeframe.goToWrite', {});
  });
}

function askForAddress(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: 'Who Wrote This Last?',
    prompt: 'A guest physical address',
    placeHolder: '0x80400000',
    validateInput: (text) => (/^0x[0-9a-f]+$/i.test(text) ? undefined : 'An address such as 0x80400000'),
  });
}
