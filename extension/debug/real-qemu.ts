/** Commands about the process of a real QEMU. */
import * as vscode from 'vscode';
import type { Repaired } from '../../debug-adapter/protocol/messages';
import { customRequest } from './custom-requests';
import { inSession } from './in-session';

/** Command `freezeframe.repairGuest`: for one that a failed or cancelled snapshot has left dead. */
export function repairGuest(): Promise<void> {
  return inSession('there is no guest to repair', async (session) => {
    const { text } = (await customRequest(session, 'freezeframe.repairGuest', {})) as Repaired;
    void vscode.window.showInformationMessage(text);
  });
}

/** Command `freezeframe.killQemu`: asks first. */
export function killQemu(): Promise<void> {
  return inSession('there is no QEMU to kill', async (session) => {
    const kill = 'Kill QEMU';
    const detail = 'Its guest ends at once: what it has not written to its disks is lost.';
    const answer = await vscode.window.showWarningMessage(
      `Kill the QEMU of “${session.name}”?`,
      { modal: true, detail },
      kill,
    );
    if (answer === kill) await customRequest(session, 'freezeframe.killQemu', {});
  });
}
