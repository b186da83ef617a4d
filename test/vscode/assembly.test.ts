import { equal, match, ok } from 'node:assert/strict';
import * as vscode from 'vscode';

/** Where `text` last stands in the document. */
function positionOf(document: vscode.TextDocument, text: string): vscode.Position {
  const offset = document.getText().lastIndexOf(text);
  ok(offset >= 0, text);
  return document.positionAt(offset);
}

describe('guest assembly in VS Code', () => {
  let document: vscode.TextDocument;

  before(async () => {
    const [file] = await vscode.workspace.findFiles('guests/board/start.S');
    ok(file);
    document = await vscode.workspace.openTextDocument(file);
    await vscode.extensions.getExtension('freezeframe.freezeframe')?.activate();
  });

  async function hover(text: string): Promise<string> {
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      positionOf(document, text),
    );
    return hovers.flatMap(({ contents }) => contents.map((each) => (each as vscode.MarkdownString).value)).join('\n');
  }

  it('an instruction, a CSR and a label are explained under the pointer', async () => {
    equal(document.languageId, 'asm');
    match(await hover('bgeu'), /Branches, up to 4 KiB away, if rs1 is not less than rs2, both unsigned/);
    match(await hover('mcause'), /CSR 0x342, M-mode/);
    match(await hover('park'), /\*\*park\*\*: label, line \d+/);
  });
});
