import { equal, ok, rejects } from 'node:assert/strict';
import * as vscode from 'vscode';
import type { BlockPages, PagesEvent } from '../../debug-adapter/protocol/messages';
import { PageState } from '../../debug-adapter/protocol/page-states';
import { FollowedSession } from './session';

const configuration = 'Working set: few pages, written again and again';

describe('a snapshot session in VS Code', function () {
  // Each step begins where the one before stopped.
  this.bail(true);
  let followed: FollowedSession;
  let pages: PagesEvent;

  async function stopsAt(description: RegExp): Promise<void> {
    const stop = await followed.nextStop();
    ok(description.test(stop.description ?? ''), `stopped at ${stop.description ?? stop.reason}`);
    pages = await followed.pageMap();
    equal(pages.stopped, true);
  }

  function ram(): BlockPages {
    return pages.blocks[0]!;
  }

  function count(state: PageState): number {
    return ram().counts[state] ?? 0;
  }

  before(async () => {
    followed = await FollowedSession.launch(configuration);
  });
  after(() => followed?.stop());

  it('stops at the state stash, with no page tracked', async () => {
    await stopsAt(/^State stash/);
    equal(pages.phase, 'state-stash');
    equal(count(PageState.Untracked), ram().pageCount);
    await followed.continue();
  });

  it('stops at the WP arm, with no page tracked yet', async () => {
    await stopsAt(/^WP arm/);
    equal(count(PageState.Untracked), ram().pageCount);
    await followed.continue();
  });

  it('stops at the vm_start bottom half, with every page protected', async () => {
    await stopsAt(/^vm_start bottom half/);
    equal(count(PageState.Protected), ram().pageCount);
    await followed.continue();
  });

  it('stops at the first write fault, with one page waiting', async () => {
    await stopsAt(/^Write fault/);
    equal(count(PageState.Faulting), 1);
    equal(count(PageState.Protected), ram().pageCount - 1);
    await followed.continue();
  });

  it('stops at completion, with every page saved and none leaked', async () => {
    await stopsAt(/^Completed/);
    for (const state of [PageState.Untracked, PageState.Protected, PageState.Faulting, PageState.Leaked]) {
      equal(count(state), 0, PageState[state]);
    }
    equal(
      ram().counts.reduce((sum, some) => sum + some),
      ram().pageCount,
    );
    await followed.continue();
  });

  it('has written the snapshot into the workspace', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    ok(folder);
    const file = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder.uri, 'working-set.qemu'));
    equal(Buffer.from(file.subarray(0, 4)).toString('latin1'), 'QEVM');
  });
});

describe('what surrounds a session', () => {
  it('F5 without a launch configuration offers the guests of the workspace', async () => {
    const launched = FollowedSession.launch({ type: 'freezeframe', request: '', name: '' });
    // The list is there when it takes the answer.
    const isOver = launched.then(() => true);
    do await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    while (!(await Promise.race([isOver, new Promise<boolean>((done) => setTimeout(() => done(false), 200))])));
    const followed = await launched;
    try {
      ok(/guests\/[a-z-]+\.elf$/.test(followed.session.configuration.program), followed.session.configuration.program);
    } finally {
      await followed.stop();
    }
  });

  it('a session brings the guest console and the page map', async () => {
    const followed = await FollowedSession.launch(configuration);
    try {
      await followed.nextStop();
      const terminals = vscode.window.terminals.map(({ name }) => name);
      ok(terminals.includes('Freezeframe: guest console'), terminals.join());
      const tabs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
      ok(tabs.includes('Page Map'), tabs.join());
    } finally {
      await followed.stop();
    }
  });

  it('Take Snapshot begins one while the guest runs', async () => {
    const followed = await FollowedSession.launch({
      type: 'freezeframe',
      request: 'launch',
      name: 'on command',
      program: '${workspaceFolder}/guests/working-set.elf',
      snapshot: { when: 'command', output: '${workspaceFolder}/on-command.qemu' },
    });
    try {
      await vscode.commands.executeCommand('freezeframe.takeSnapshot');
      const stop = await followed.nextStop();
      ok(stop.description?.startsWith('State stash'), stop.description);
    } finally {
      await followed.stop();
    }
  });

  it('Save Recording writes a file with which Open Recording comes to the same stop', async () => {
    const folder = vscode.workspace.workspaceFolders![0]!.uri;
    const file = vscode.Uri.joinPath(folder, 'stop.freezeframe');
    const followed = await FollowedSession.launch(configuration);
    const { text } = await followed.nextStop();
    await vscode.commands.executeCommand('freezeframe.saveRecording', file);
    await followed.stop();
    const opened = await FollowedSession.followed(() =>
      vscode.commands.executeCommand('freezeframe.openRecording', file),
    );
    try {
      equal((await opened.nextStop()).text, text);
    } finally {
      await opened.stop();
    }
  });

  it('Save Recording that is cancelled keeps no file, and leaves the guest where it stands', async () => {
    const folder = vscode.workspace.workspaceFolders![0]!.uri;
    const file = vscode.Uri.joinPath(folder, 'cancelled.freezeframe');
    const followed = await FollowedSession.launch({
      type: 'freezeframe',
      request: 'launch',
      name: 'long',
      program: '${workspaceFolder}/guests/working-set.elf',
      snapshot: { when: { ms: 30_000 }, output: '${workspaceFolder}/long.qemu' },
    });
    try {
      await followed.nextStop();
      const registers = () =>
        followed.session.customRequest('evaluate', { expression: 'info registers', context: 'repl' });
      const { result } = await registers();
      const saved = vscode.commands.executeCommand('freezeframe.saveRecording', file);
      // Its notification is there, with a Cancel, when it takes the answer.
      const isOver = saved.then(() => true);
      do await vscode.commands.executeCommand('notification.acceptPrimaryAction');
      while (!(await Promise.race([isOver, new Promise<boolean>((done) => setTimeout(() => done(false), 200))])));
      await rejects(async () => vscode.workspace.fs.stat(file), /EntryNotFound/);
      equal((await registers()).result, result);
    } finally {
      await followed.stop();
    }
  });

  it('a mark and an earlier history are returned to', async () => {
    const followed = await FollowedSession.launch(configuration);
    try {
      await followed.nextStop();
      await vscode.commands.executeCommand('freezeframe.setMark', 'here');
      await vscode.commands.executeCommand('freezeframe.goTo', '5ms');
      await followed.nextStop();
      await followed.session.customRequest('evaluate', { expression: 'a0 = 7', context: 'repl' });
      const places = () => followed.session.customRequest('freezeframe.places', {});
      const present = async () => (await places()).histories.find(({ isPresent }: { isPresent: boolean }) => isPresent);
      equal((await present()).id, 2);
      const returned = vscode.commands.executeCommand('freezeframe.returnToHistory');
      const isOver = returned.then(() => true);
      do await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      while (!(await Promise.race([isOver, new Promise<boolean>((done) => setTimeout(() => done(false), 200))])));
      await followed.nextStop();
      equal((await present()).id, 1);
      equal((await places()).marks[0].name, 'here');
      await vscode.commands.executeCommand('freezeframe.goTo', 'here');
      await followed.nextStop();
    } finally {
      await followed.stop();
    }
  });

  it('Compare Algorithms opens an editor with the snapshots of a guest by every algorithm', async () => {
    const labels = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
    const opened = new Promise<void>((done) => {
      const registration = vscode.window.tabGroups.onDidChangeTabs(() => {
        if (!labels().includes('Snapshots Compared')) return;
        registration.dispose();
        done();
      });
    });
    await vscode.commands.executeCommand('freezeframe.compareAlgorithms', {
      type: 'freezeframe',
      request: 'launch',
      name: 'small',
      program: '${workspaceFolder}/guests/working-set.elf',
      ram: '2M',
      snapshot: { when: { ms: 2 } },
    });
    await opened;
  });

  it('guest memory opens as a document that follows the session', async () => {
    const followed = await FollowedSession.launch(configuration);
    try {
      await followed.nextStop();
      const uri = vscode.Uri.from({
        scheme: 'freezeframe-memory',
        path: '/Memory 0x80000000',
        query: followed.session.id,
      });
      const document = await vscode.workspace.openTextDocument(uri);
      equal(document.lineCount, 4096 / 16);
      ok(document.lineAt(0).text.startsWith('0x80000000  '), document.lineAt(0).text);
    } finally {
      await followed.stop();
    }
  });
});
