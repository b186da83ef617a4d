/** Where a session's adapter is: a process of its own, a server whose guest it attaches to, or here. */
import * as vscode from 'vscode';

export class ProcessAdapters implements vscode.DebugAdapterDescriptorFactory {
  /** @param inline for workspaces whose files no process can read */
  constructor(private readonly inline: vscode.DebugAdapterDescriptorFactory) {}

  createDebugAdapterDescriptor(
    session: vscode.DebugSession,
    executable: vscode.DebugAdapterExecutable | undefined,
  ): vscode.ProviderResult<vscode.DebugAdapterDescriptor> {
    const { configuration, workspaceFolder } = session;
    // One to a QEMU that runs is of a process of its own, as a launch is.
    if (configuration.request === 'attach' && !configuration.qemu) {
      return new vscode.DebugAdapterServer(Number(configuration.port), '127.0.0.1');
    }
    const isVirtual = workspaceFolder !== undefined && workspaceFolder.uri.scheme !== 'file';
    return isVirtual ? this.inline.createDebugAdapterDescriptor(session, executable) : executable;
  }
}
