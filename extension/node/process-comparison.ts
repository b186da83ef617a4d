/** Comparisons in a process of their own: they take all of it. */
import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { resolved } from '../../debug-adapter/command-line/launch-json';
import { workspaceAt } from '../../debug-adapter/node/workspace';
import type { InlineAdapters } from '../inline/inline-adapters';
import type { Platform } from '../platform';

/** @param inline for workspaces whose files no process can read */
export function processComparison(extensionUri: vscode.Uri, inline: InlineAdapters): Platform['compare'] {
  const program = vscode.Uri.joinPath(extensionUri, 'dist/debug-adapter.js').fsPath;
  return async (configuration, folder, token) => {
    if (folder && folder.uri.scheme !== 'file') return inline.compare(configuration, folder, token);
    const cwd = folder?.uri.fsPath;
    const launchable = resolved(configuration, workspaceAt(cwd ?? homedir())) as object;
    return compareInProcess(program, launchable, cwd, token);
  };
}

function compareInProcess(
  program: string,
  configuration: object,
  cwd: string | undefined,
  token: vscode.CancellationToken,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    // In desktop VS Code that is Electron, which is told to be Node.
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const child = spawn(process.execPath, [program, '--compare'], { cwd, env, stdio: 'pipe' });
    const cancellation = token.onCancellationRequested(() => child.kill());
    const [said, why] = [collected(child.stdout), collected(child.stderr)];
    child.on('error', reject);
    child.on('close', (code) => {
      cancellation.dispose();
      if (token.isCancellationRequested) reject(new vscode.CancellationError());
      else if (code === 0) resolve(JSON.parse(said()));
      else reject(new Error(why() || `The comparison has ended with code ${code}.`));
    });
    child.stdin.end(JSON.stringify(configuration));
  });
}

function collected(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (piece) => (text += piece));
  return () => text;
}
