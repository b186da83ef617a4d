/** Debug adapters in the extension host itself, which in a browser is a worker. */
import * as vscode from 'vscode';
import { resolved } from '../../debug-adapter/command-line/launch-json';
import { comparedSnapshot } from '../../debug-adapter/comparison/comparison';
import { parseLaunchConfiguration } from '../../debug-adapter/configuration/launch-configuration';
import type { Host } from '../../debug-adapter/debuggee/host';
import { compareLaunched, launch, type Resources } from '../../debug-adapter/launch';
import { FreezeframeSession } from '../../debug-adapter/session/freezeframe-session';
import shownSources from '../../debug-adapter/shown-sources.json';
import { uriOf } from '../workspace-paths';
import { WorkspaceHost } from './workspace-host';

export class InlineAdapters implements vscode.DebugAdapterDescriptorFactory {
  #resources: Promise<Resources> | undefined;

  constructor(private readonly extensionUri: vscode.Uri) {}

  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    if (session.configuration.request === 'attach') {
      throw new Error('A browser cannot attach to a server. Open this workspace in desktop VS Code.');
    }
    const resources = await this.#read();
    const folder = session.workspaceFolder?.uri;
    const host = new WorkspaceHost(folder);
    const adapter = new FreezeframeSession({
      launch: (configuration) => launch(configuration, host, resources),
      sourceRoot: vscode.Uri.joinPath(this.extensionUri, 'dist/freezeframe-source').toString(),
      files: {
        pathOf: (path) => clientPath(uriOf(path, folder)),
        exists: (path) => exists(uriOf(path, folder)),
      },
      nextTurn: () => host.nextTurn(),
      every(ms, callback) {
        const timer = setInterval(callback, ms);
        return { stop: () => clearInterval(timer) };
      },
    });
    return new vscode.DebugAdapterInlineImplementation(adapter as unknown as vscode.DebugAdapter);
  }

  /** As `Platform.compare`: here, between other things. */
  async compare(
    configuration: vscode.DebugConfiguration,
    folder: vscode.WorkspaceFolder | undefined,
    token: vscode.CancellationToken,
  ): Promise<unknown> {
    const place = { folder: folder?.uri.fsPath ?? '', home: '', platform: 'linux', environment: {} } as const;
    const launchable = resolved(configuration, place) as object;
    const workspace = new WorkspaceHost(folder?.uri);
    const host: Host = Object.assign(Object.create(workspace), {
      async nextTurn() {
        if (token.isCancellationRequested) throw new vscode.CancellationError();
        await workspace.nextTurn();
      },
    });
    const rows = await compareLaunched(parseLaunchConfiguration(launchable), host, await this.#read());
    return rows.map(comparedSnapshot);
  }

  #read(): Promise<Resources> {
    this.#resources ??= readResources(vscode.Uri.joinPath(this.extensionUri, 'dist'));
    return this.#resources;
  }
}

/** As VS Code gives it to an adapter, and takes it from one. */
function clientPath(uri: vscode.Uri): string {
  return uri.scheme === 'file' ? uri.fsPath : uri.toString();
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

/** What the build puts beside the bundles. */
async function readResources(folder: vscode.Uri): Promise<Resources> {
  const read = (...path: string[]) => vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, ...path));
  const core = new WebAssembly.Module(new Uint8Array(await read('core.wasm')));
  const texts = await Promise.all(
    Object.keys(shownSources).map(
      async (file) => [file, new TextDecoder().decode(await read('freezeframe-source', file))] as const,
    ),
  );
  return { core, sources: new Map(texts) };
}
