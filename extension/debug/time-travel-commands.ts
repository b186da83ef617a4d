/** Commands that go back through a run, where the Debug Adapter Protocol has no request or VS Code no button. */
import * as vscode from 'vscode';
import { phases } from '../../debug-adapter/debuggee/phase';
import type { LastWriter, Places, StepBackArguments } from '../../debug-adapter/protocol/messages';
import { customRequest } from './custom-requests';
import { inSession } from './in-session';
import { staying } from './staying';

const lack = 'there is no run to go back through';

/** Commands `freezeframe.stepBackOver` and `freezeframe.stepBackOut`, of the thread that is selected. */
export function stepBack(depth: StepBackArguments['depth']): Promise<void> {
  return inSession(lack, async (session) => {
    const threadId = vscode.debug.activeStackItem?.threadId ?? 1;
    await customRequest(session, 'freezeframe.stepBack', { threadId, depth });
  });
}

/** Command `freezeframe.goTo`. @param given as `goto` in the debug console takes it; the user is asked otherwise */
export function goTo(given?: string): Promise<void> {
  return inSession(lack, async (session) => {
    const place = typeof given === 'string' ? given : await askForPlace(session);
    if (place === undefined) return;
    const item = vscode.debug.activeStackItem;
    // Right after a stop the frame in front may still be that of a session before.
    const isOurs = item instanceof vscode.DebugStackFrame && item.session.id === session.id;
    const frameId = isOurs ? item.frameId : undefined;
    await session.customRequest('evaluate', { expression: `goto ${place}`, context: 'repl', frameId });
  });
}

/** Command `freezeframe.setMark`. @param given its name; the user is asked otherwise */
export function setMark(given?: string): Promise<void> {
  return inSession(lack, async (session) => {
    const title = 'Mark This Instant';
    const name =
      typeof given === 'string'
        ? given
        : await vscode.window.showInputBox({ ...staying, title, prompt: 'A name to return by', placeHolder: 'before' });
    if (name === undefined) return;
    await customRequest(session, 'freezeframe.mark', { name });
    vscode.window.setStatusBarMessage(`Marked: “goto ${name}” returns here`, 5000);
  });
}

/** Command `freezeframe.returnToHistory`. */
export function returnToHistory(): Promise<void> {
  return inSession(lack, async (session) => {
    const earlier = earlierHistories(await placesOf(session));
    if (earlier.length === 0) {
      void vscode.window.showInformationMessage('This run has one history: nothing new has come in its past.');
      return;
    }
    const picked = await vscode.window.showQuickPick(earlier, { ...staying, title: 'Return to an Earlier History' });
    if (picked) await goTo(picked.place);
  });
}

interface PlaceItem extends vscode.QuickPickItem {
  /** As `goto` takes it; what has been typed unless given. */
  readonly place?: string;
}

async function placesOf(session: vscode.DebugSession): Promise<Places> {
  return (await customRequest(session, 'freezeframe.places', {})) as Places;
}

function earlierHistories({ histories }: Places): PlaceItem[] {
  return histories
    .filter(({ isPresent }) => !isPresent)
    .map(({ id, endNs }) => ({ label: `History ${id}`, description: `up to ${time(endNs)}`, place: `history ${id}` }));
}

/** A place that is known, or one that is typed. */
async function askForPlace(session: vscode.DebugSession): Promise<string | undefined> {
  const places = await placesOf(session);
  const { Separator } = vscode.QuickPickItemKind;
  const known: PlaceItem[] = [
    ...places.marks.map(({ name, timeNs }) => ({ label: name, description: time(timeNs), place: name })),
    ...earlierHistories(places),
    { label: 'Phases', kind: Separator },
    ...phases.map(({ id, label }) => ({ label: label.split(':')[0]!, description: id, place: id })),
  ];
  const pick = Object.assign(vscode.window.createQuickPick<PlaceItem>(), staying);
  pick.title = 'Go to an Instant of This Run';
  pick.placeholder = '12.5ms, start, fault 17, instruction 1000, became 0x80400000, or one of these';
  pick.matchOnDescription = true;
  pick.items = known;
  pick.onDidChangeValue((value) => {
    pick.items = value === '' ? known : [{ label: value, description: 'go there', alwaysShow: true }, ...known];
  });
  try {
    return await new Promise((done) => {
      pick.onDidAccept(() => done(pick.selectedItems[0]?.place ?? pick.value));
      pick.onDidHide(() => done(undefined));
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

function time(ns: number): string {
  return `${(ns / 1e6).toFixed(3)} ms`;
}

/** Command `freezeframe.lastWriter`. @param asked guest physical memory; the user is asked where none is given */
export function lastWriter(asked?: { readonly address: string; readonly byteCount: number }): Promise<void> {
  return inSession(lack, async (session) => {
    const address = asked?.address ?? (await askForAddress());
    if (address === undefined) return;
    const range = { address, byteCount: asked?.byteCount ?? 1 };
    const { text, isFound } = (await customRequest(session, 'freezeframe.lastWriter', range)) as LastWriter;
    const choice = await vscode.window.showInformationMessage(text, ...(isFound ? ['Go There'] : []));
    if (choice) await customRequest(session, 'freezeframe.goToWrite', {});
  });
}

function askForAddress(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    ...staying,
    title: 'Who Wrote This Last?',
    prompt: 'A guest physical address',
    placeHolder: '0x80400000',
    validateInput: (text) => (/^0x[0-9a-f]+$/i.test(text) ? undefined : 'An address such as 0x80400000'),
  });
}
