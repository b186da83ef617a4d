import { equal, ok } from 'node:assert/strict';
import * as vscode from 'vscode';

describe('activation', () => {
  it('x', async () => {
    const ext = vscode.extensions.getExtension('freezeframe.freezeframe');
    ok(ext);
    await ext.activate();
    equal(ext.isActive, true);
    console.log(vscode.workspace.workspaceFolders?.[0]?.uri.toString());
  });
});
