/** Where a session's adapter is: a process of its own, or a server whose guest it attaches to. */
import * as vscode from 'vscode';

export class AdapterFactory implements vscode.DebugAdapterDescriptorFactory {
  createDebugAdapterDescriptor(
    { configuration }: vscode.DebugSession,
    executable: vscode.DebugAdapterExecutable | undefined,
  ): vscode.DebugAdapterDescriptor | undefined {
    if (configuration.request !== 'attach') return executable;
    return new vscode.DebugAdapterServer(Number(configuration.port), '127.0.0.1');
  }
}
