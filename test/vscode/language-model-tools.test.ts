import { match, ok, rejects } from 'node:assert/strict';
import * as vscode from 'vscode';
import { FollowedSession } from './session';

async function ask(name: string, input: object = {}): Promise<string> {
  const { content } = await vscode.lm.invokeTool(`freezeframe_${name}`, { input, toolInvocationToken: undefined });
  return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
}

describe('what a language model asks', () => {
  it('has tools whose input is declared', () => {
    const ours = vscode.lm.tools.filter(({ name }) => name.startsWith('freezeframe_'));
    match(
      ours.map(({ name }) => name).join(' '),
      /compare_snapshots.*explain_deadlock|explain_deadlock.*compare_snapshots/,
    );
    ok(ours.every(({ inputSchema }) => inputSchema !== undefined));
  });

  it('is told what to do where there is no session', () =>
    rejects(ask('session_status'), /There is no snapshot session. Start one with F5/));

  it('is told how a session stands, and what became of a page', async () => {
    const followed = await FollowedSession.launch('Working set: few pages, written again and again');
    try {
      await followed.nextStop();
      const status = await ask('session_status');
      match(status, /^Session "Working set: .*" is stopped at 20\d+ ns of virtual time.$/m);
      match(status, /^Stop: State stash: migration is about to begin/m);
      match(status, /^migration: freeze \(write-tracking-thread.ts:\d+\)$/m);
      match(status, /^Pages of riscv_virt_board.ram, 16384 of 4 KiB from 0x80000000: 16384 untracked.$/m);
      match(await ask('explain_page', { address: '0x80400123' }), /^Page 1024 .* at 0x80400000, is untracked since/);
      await rejects(ask('explain_page', { address: 'the first' }), /the first is not an address/);
      match(
        await ask('last_writer', { address: '0x80400000', bytes: 8 }),
        /^hart 0 wrote last to the 8 bytes at 0x80400000/,
      );
      match(await ask('session_status'), /is stopped at 20\d+ ns/);
    } finally {
      await followed.stop();
    }
  });

  it('is told who waits for whom', async () => {
    const followed = await FollowedSession.launch('What if the migration thread itself calls vm_start: deadlock');
    try {
      for (;;) {
        const { reason } = await followed.nextStop();
        if (reason === 'exception') break;
        match(await ask('explain_deadlock'), /^There is no deadlock/);
        await followed.continue();
      }
      const graph = await ask('explain_deadlock');
      match(graph, /^migration waits for uffd: page 0x[0-9a-f]+, held by itself$/m);
      match(graph, /whatIf .*"vmStart":"inline"/);
    } finally {
      await followed.stop();
    }
  });

  it('is told in what two snapshots differ', async () => {
    match(await ask('compare_snapshots', { a: 'working-set.qemu', b: 'working-set.qemu' }), /^The same machine/);
    await rejects(ask('compare_snapshots', { a: 'README.md', b: 'working-set.qemu' }), /README.md cannot be compared/);
  });
});
