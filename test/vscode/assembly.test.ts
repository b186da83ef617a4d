import { equal, match, ok } from 'node:assert/strict';
import * as vscode from 'vscode';
import { FollowedSession } from './session';

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

  it('mistakes are marked, and the outline lists labels', async () => {
    const wrong = await vscode.workspace.openTextDocument({
      language: 'asm',
      content: 'main:\n    li a0, 1\n    addi a0, a0, 4096\n',
    });
    await vscode.window.showTextDocument(wrong);
    const marked = await diagnosticsOf(wrong.uri);
    equal(marked.map(({ range }) => wrong.getText(range)).join(), '4096');
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      wrong.uri,
    );
    equal(symbols.map(({ name }) => name).join(), 'main');
    // It is nowhere to be saved, which VS Code would ask about before it debugs.
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('the listing of guest code explains its instructions, and shows what their registers hold', async () => {
    const followed = await FollowedSession.launch('Working set: few pages, written again and again');
    try {
      await followed.nextStop();
      const { stackFrames } = await followed.session.customRequest('stackTrace', { threadId: 1, levels: 1 });
      const [{ instructionPointerReference: address }] = stackFrames;
      const { source, line } = await followed.session.customRequest('freezeframe.listingOf', { address });
      document = await vscode.workspace.openTextDocument(vscode.Uri.parse(source.path, true));
      const [, mnemonic = ''] = /^\s*[0-9a-f]+:\s+[0-9a-f]+\s+(\S+)/.exec(document.lineAt(line - 1).text) ?? [];
      match(await hover(mnemonic), new RegExp(`\\*\\*${mnemonic}\\*\\*`));
      const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        'vscode.executeInlayHintProvider',
        document.uri,
        new vscode.Range(0, 0, document.lineCount, 0),
      );
      const here = hints.filter(({ position }) => position.line === line - 1);
      ok(here.length > 0, `${hints.length} hints, none in line ${line}: ${document.lineAt(line - 1).text}`);
      for (const { label, position } of here) {
        match(String(label), /^=0x[0-9a-f]+$/);
        ok(position.character > document.lineAt(line - 1).text.indexOf(':'), 'an address holds no register');
      }
    } finally {
      await followed.stop();
    }
  });
});

/** Those of a document, when there are any. */
function diagnosticsOf(uri: vscode.Uri): Promise<readonly vscode.Diagnostic[]> {
  return new Promise((done) => {
    const look = (): void => {
      const found = vscode.languages.getDiagnostics(uri);
      if (found.length === 0) return;
      registration.dispose();
      done(found);
    };
    const registration = vscode.languages.onDidChangeDiagnostics(look);
    look();
  });
}
