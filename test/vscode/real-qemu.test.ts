import { equal, match } from 'node:assert/strict';
import * as vscode from 'vscode';
import { PageState } from '../../debug-adapter/protocol/page-states';
import { FollowedSession } from './session';

describe('a real QEMU in VS Code', () => {
  let followed: FollowedSession;
  before(async () => {
    followed = await FollowedSession.launch('A real QEMU: bare-metal guest');
  });
  after(() => followed?.stop());

  it('stops where the embedded guest does, with the page map of QEMU’s RAM', async () => {
    const expected: readonly (readonly [stop: RegExp, state: PageState, count: (pageCount: number) => number])[] = [
      [/^State stash/, PageState.Untracked, (pageCount) => pageCount],
      [/^WP arm/, PageState.Protected, (pageCount) => pageCount],
      [/^vm_start bottom half/, PageState.Leaked, () => 0],
      [/^Write fault/, PageState.Faulting, () => 1],
      [/^Completed/, PageState.Leaked, () => 0],
    ];
    for (const [stop, state, count] of expected) {
      match((await followed.nextStop()).description ?? '', stop);
      const ram = (await followed.pageMap()).blocks[0]!;
      equal(ram.name, 'riscv_virt_board.ram');
      equal(ram.counts[state], count(ram.pageCount), String(stop));
      if (!stop.test('Completed')) await followed.continue();
    }
  });

  it('has written QEMU’s stream into the workspace', async () => {
    const folder = vscode.workspace.workspaceFolders![0]!;
    const file = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder.uri, 'real-qemu.qemu'));
    equal(Buffer.from(file.subarray(0, 4)).toString('latin1'), 'QEVM');
  });
});
