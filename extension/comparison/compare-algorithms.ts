/** Command `freezeframe.compareAlgorithms`: the guest of a launch configuration, its snapshot taken by every algorithm. */
import * as vscode from 'vscode';
import { isComparedSnapshot } from '../../debug-adapter/protocol/comparison-messages';
import { ConfigurationProvider } from '../debug/configuration-provider';
import { debugType } from '../debug/debug-type';
import { activeSession } from '../debug/session-watch';
import type { Platform } from '../platform';
import { showComparison } from './comparison-panel';

interface Choice extends vscode.QuickPickItem {
  readonly folder: vscode.WorkspaceFolder | undefined;
  readonly configuration: vscode.DebugConfiguration;
}

/** @param given by whoever executes the command with an argument; otherwise the user is asked */
export async function compareAlgorithms(
  platform: Platform,
  extensionUri: vscode.Uri,
  given?: vscode.DebugConfiguration,
): Promise<void> {
  if (given) return compare(platform, extensionUri, choiceOf(given, vscode.workspace.workspaceFolders?.[0]));
  const choices = await choicesOf();
  if (choices.length === 0) {
    void vscode.window.showErrorMessage(
      'No guest to compare: add a launch configuration whose snapshot begins by itself.',
    );
    return;
  }
  const placeHolder = 'Guest whose snapshot is taken by every algorithm';
  const choice = await vscode.window.showQuickPick(choices, { placeHolder, matchOnDescription: true });
  if (choice) await compare(platform, extensionUri, choice);
}

async function compare(platform: Platform, extensionUri: vscode.Uri, choice: Choice): Promise<void> {
  try {
    const progress = {
      location: vscode.ProgressLocation.Notification,
      title: `Comparing algorithms on "${choice.label}"`,
    };
    const snapshots = await vscode.window.withProgress({ ...progress, cancellable: true }, (_, token) =>
      platform.compare(choice.configuration, choice.folder, token),
    );
    if (!Array.isArray(snapshots) || !snapshots.every(isComparedSnapshot)) throw new Error('It has no such answer.');
    showComparison(extensionUri, { kind: 'comparison', title: `${choice.label}: by algorithm`, snapshots });
  } catch (error) {
    if (error instanceof vscode.CancellationError) return;
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`The algorithms cannot be compared on "${choice.label}". ${reason}`);
  }
}

/** The guest that is debugged first, then those of the workspace. */
async function choicesOf(): Promise<Choice[]> {
  const session = activeSession();
  const debugged = session ? [choiceOf(session.configuration, session.workspaceFolder, 'being debugged')] : [];
  const folders = vscode.workspace.workspaceFolders ?? [];
  const others = await Promise.all(
    folders.map(async (folder) => (await configurationsIn(folder)).map((each) => choiceOf(each, folder))),
  );
  const isOther = ({ label }: Choice) => label !== session?.configuration.name;
  return [...debugged, ...others.flat().filter(isOther)];
}

function choiceOf(
  configuration: vscode.DebugConfiguration,
  folder: vscode.WorkspaceFolder | undefined,
  description?: string,
): Choice {
  return {
    label: configuration.name,
    ...(description !== undefined && { description }),
    folder,
    configuration,
  };
}

/** Of launch.json; without one, of the guests that F5 would find. */
async function configurationsIn(folder: vscode.WorkspaceFolder): Promise<vscode.DebugConfiguration[]> {
  const all =
    vscode.workspace.getConfiguration('launch', folder).get<vscode.DebugConfiguration[]>('configurations') ?? [];
  const ours = all.filter(({ type, request }) => type === debugType && request === 'launch');
  if (ours.length === 0) return new ConfigurationProvider().provideDebugConfigurations(folder);
  return ours.filter(({ restore, snapshot }) => restore === undefined && snapshot?.when !== 'command');
}
