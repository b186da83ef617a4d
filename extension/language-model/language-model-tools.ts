/** What a language model may ask: of the session in front, and of snapshots in the workspace. It writes nothing. */
import * as vscode from 'vscode';
import type { SessionWatch } from '../debug/session-watch';
import { comparisonOf } from './compare-snapshots';
import { deadlockOf, lastWriterOf, pageOf, statusOf } from './session-answers';

export function languageModelTools(watch: SessionWatch): vscode.Disposable {
  return vscode.Disposable.from(
    tool('freezeframe_session_status', 'Looking at the snapshot session', () => statusOf(watch)),
    tool<{ address: string }>('freezeframe_explain_page', 'Looking at the page', ({ address }) => pageOf(address)),
    tool<{ address: string; bytes?: number }>(
      'freezeframe_last_writer',
      'Looking for the last write',
      ({ address, bytes = 1 }) => lastWriterOf(address, bytes),
    ),
    tool('freezeframe_explain_deadlock', 'Looking at who waits for whom', () => deadlockOf()),
    tool<{ a: string; b: string }>('freezeframe_compare_snapshots', 'Comparing the snapshots', ({ a, b }) =>
      comparisonOf(a, b),
    ),
  );
}

/** @param name as the manifest declares it, with the schema of its input, which VS Code has checked */
function tool<Input>(name: string, invocationMessage: string, answer: (input: Input) => Promise<string>) {
  return vscode.lm.registerTool<Input>(name, {
    prepareInvocation: () => ({ invocationMessage }),
    invoke: async ({ input }) =>
      new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(await answer(input))]),
  });
}
