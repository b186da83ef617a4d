/** Debug adapters in the extension host itself, which in a browser is a worker. */
import * as vscode from 'vscode';
import { launch, type Resources } from '../../debug-adapter/launch';
import shownSources from '../../debug-adapter/migration/shown-sources.json';
import { FreezeframeSession } from '../../debug-adapter/session/freezeframe-session';
import { WorkspaceHost } from './workspace-host';

export class InlineAdapters implements vscode.DebugAdapterDescriptorFactory {
  #resources: Promise<Resources> | undefined;

  constructor(private readonly extensionUri: vscode.Uri) {}

  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    if (session.configuration.request === 'attach') {
      throw new Error('A browser cannot attach to a server. Open this workspace in desktop VS Code.');
    }
    this.#resources ??= readResources(vscode.Uri.joinPath(this.extensionUri, 'dist'));
    const resources = await this.#resources;
    const host = new WorkspaceHost(session.workspaceFolder?.uri);
    const adapter = new FreezeframeSession({
      launch: (configuration) => launch(configuration, host, resources),
      sourceRoot: vscode.Uri.joinPath(this.extensionUri, 'dist/source').toString(),
      nextTurn: () => host.nextTurn(),
      every(ms, callback) {
        const timer = setInterval(callback, ms);
        return { stop: () => clearInterval(timer) };
      },
    });
    return new vscode.DebugAdapterInlineImplementation(adapter as unknown as vscode.DebugAdapter);
  }
}

/** What the build puts beside the bundles. */
async function readResources(folder: vscode.Uri): Promise<Resources> {
  const read = (...path: string[]) => vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, ...path));
  const core = new WebAssembly.Module(new Uint8Array(await read('core.wasm')));
  const texts = await Promise.all(
    shownSources.map(async (file) => [file, new TextDecoder().decode(await read('source', file))] as const),
  );
  return { core, sources: new Map(texts) };
}
