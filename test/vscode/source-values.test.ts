import { equal, match, ok } from 'node:assert/strict';
import * as vscode from 'vscode';
import { FollowedSession } from './session';

describe("guests' sources in VS Code", () => {
  it('show at the lines of the function, up to the one where it has stopped, what its variables hold', async () => {
    const [file] = await vscode.workspace.findFiles('guests/working-set.c');
    ok(file);
    const document = await vscode.workspace.openTextDocument(file);
    const line = document.positionAt(document.getText().indexOf('for (uint64_t word = 0')).line;
    const breakpoint = new vscode.SourceBreakpoint(new vscode.Location(file, new vscode.Position(line, 0)));
    vscode.debug.addBreakpoints([breakpoint]);
    const followed = await FollowedSession.launch('Working set: few pages, written again and again');
    try {
      equal((await followed.nextStop()).reason, 'breakpoint');
      const { stackFrames } = await followed.session.customRequest('stackTrace', { threadId: 1, levels: 1 });
      const [{ id: frameId, line: stoppedLine }] = stackFrames;
      const inlineValues = (uri: vscode.Uri, at: number) =>
        vscode.commands.executeCommand<vscode.InlineValueText[]>(
          'vscode.executeInlineValueProvider',
          uri,
          new vscode.Range(0, 0, document.lineCount, 0),
          { frameId, stoppedLocation: new vscode.Range(at, 0, at, 0) },
        );
      const shown = await inlineValues(file, stoppedLine - 1);
      const texts = shown.map(({ text, range }) => `${range.start.line - line}: ${text}`);
      ok(texts.length > 2, `${texts}`);
      for (const { range, text } of shown) match(text, new RegExp(`^${document.getText(range)} = \\S`));
      ok(
        texts.every((text) => /^(-3|-2|-1|0): /.test(text)),
        `from the function's first line to this one: ${texts}`,
      );
      match(texts[0]!, /^-3: index = \d+$/);
      ok(
        texts.some((text) => /^-2: heap_pages = \d+$/.test(text)),
        `a global: ${texts}`,
      );
    } finally {
      vscode.debug.removeBreakpoints([breakpoint]);
      await followed.stop();
    }
  });
});
