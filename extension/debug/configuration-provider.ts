/** Launch configurations for a workspace without launch.json: one for each guest program found in it. */
import * as vscode from 'vscode';
import { debugType } from './debug-type';

/** More than this many programs are more than a list to pick from. */
const mostPrograms = 30;

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  async provideDebugConfigurations(folder: vscode.WorkspaceFolder | undefined): Promise<vscode.DebugConfiguration[]> {
    const programs = await findPrograms(folder);
    return programs.map((program) => launchOf(folder, program));
  }

  /** Fills in what F5 without a launch.json leaves out; the adapter checks the rest, field by field. */
  async resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    await openRunAndDebug(configuration);
    if (configuration.request === 'attach' && !configuration.qemu) return configuration;
    if (configuration.request) return withOutput(configuration);
    const configurations = await this.provideDebugConfigurations(folder);
    if (configurations.length === 0) {
      const answer = await vscode.window.showErrorMessage(
        'No guest program (*.elf) in this workspace. Build one, or name it in launch.json.',
        'Create launch.json',
      );
      if (answer) void vscode.commands.executeCommand('debug.addConfiguration');
      return undefined;
    }
    if (configurations.length === 1) return configurations[0];
    const picked = await vscode.window.showQuickPick(
      configurations.map((choice) => ({ label: choice.name, description: String(choice.program), choice })),
      { placeHolder: 'Guest program to run and snapshot' },
    );
    return picked?.choice;
  }
}

/**
 * Before the session begins: opened only by its first stop, the view comes too late to select the frame and to unfold its
 * registers.
 */
async function openRunAndDebug({ noDebug }: vscode.DebugConfiguration): Promise<void> {
  const when = vscode.workspace.getConfiguration('debug').get('openDebug');
  if (when !== 'neverOpen' && !noDebug) await vscode.commands.executeCommand('workbench.view.debug');
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: VS Code puts the folder there
/** A snapshot goes into the workspace, not into whatever folder the adapter happens to run in. */
function withOutput(configuration: vscode.DebugConfiguration): vscode.DebugConfiguration {
  const snapshot: unknown = configuration.snapshot ?? {};
  if ('recording' in configuration) return configuration;
  if (typeof snapshot !== 'object' || snapshot === null || 'output' in snapshot) return configuration;
  return { ...configuration, snapshot: { ...snapshot, output: '${workspaceFolder}/snapshot.qemu' } };
}

function findPrograms(folder: vscode.WorkspaceFolder | undefined): Thenable<vscode.Uri[]> {
  const pattern = folder ? new vscode.RelativePattern(folder, '**/*.elf') : '**/*.elf';
  return vscode.workspace.findFiles(pattern, '**/node_modules/**', mostPrograms);
}

function launchOf(folder: vscode.WorkspaceFolder | undefined, program: vscode.Uri): vscode.DebugConfiguration {
  const file = vscode.workspace.asRelativePath(program, false);
  const name = file.split('/').at(-1) ?? file;
  return {
    type: debugType,
    request: 'launch',
    name: `Snapshot ${name}`,
    program: folder ? `\${workspaceFolder}/${file}` : program.fsPath,
    snapshot: { when: { ms: 20 }, output: `${folder ? '${workspaceFolder}/' : ''}${file.replace(/\.elf$/, '')}.qemu` },
  };
}
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: VS Code puts the folder there
