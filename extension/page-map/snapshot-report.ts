/** What a user can do with a snapshot that has ended. */
import * as vscode from 'vscode';
import type { SnapshotReport } from '../../debug-adapter/protocol/snapshot-report';
import { uriOf } from '../workspace-paths';

/** @param folder the session's */
type Act = (report: SnapshotReport, folder: vscode.Uri | undefined) => Promise<void>;

export const reportActions: Readonly<Record<'open-snapshot' | 'copy-qemu-command', Act>> = {
  'open-snapshot': async ({ path }, folder) => {
    if (path !== undefined) await vscode.commands.executeCommand('vscode.open', uriOf(path, folder));
  },
  'copy-qemu-command': async ({ qemuCommand }) => {
    if (qemuCommand === undefined) return;
    await vscode.env.clipboard.writeText(qemuCommand);
    vscode.window.setStatusBarMessage('QEMU command copied', 3000);
  },
};

export async function notify(report: SnapshotReport, folder: vscode.Uri | undefined): Promise<void> {
  const { outcome, title, path, qemuCommand } = report;
  const isBad = outcome === 'wrong' || outcome === 'failed';
  const show = isBad ? vscode.window.showErrorMessage : vscode.window.showInformationMessage;
  const choices = [
    ...(path === undefined ? [] : [{ title: 'Open Snapshot', act: reportActions['open-snapshot'] }]),
    ...(qemuCommand === undefined ? [] : [{ title: 'Copy QEMU Command', act: reportActions['copy-qemu-command'] }]),
  ];
  await (await show(title, ...choices))?.act(report, folder);
}
