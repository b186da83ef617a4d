import * as vscode from 'vscode';
import { listingScheme } from '../../debug-adapter/protocol/listing-uri';
import { debugType } from '../debug/debug-type';
import { expressionAt, functionStart, namesIn } from './c-expressions';

const languages: vscode.DocumentSelector = ['c', 'cpp', 'asm'];

/** What is read here of DAP's answers. */
interface Answers {
  readonly scopes: { readonly scopes: readonly { readonly name: string; readonly variablesReference: number }[] };
  readonly variables: { readonly variables: readonly { readonly name: string; readonly value: string }[] };
}

/** Variables at the lines of the function that a frame stands in, registers at an instruction, and both under the pointer. */
export class SourceValues
  implements vscode.InlineValuesProvider, vscode.EvaluatableExpressionProvider, vscode.Disposable
{
  readonly #registrations = vscode.Disposable.from(
    vscode.languages.registerInlineValuesProvider(languages, this),
    vscode.languages.registerEvaluatableExpressionProvider(['c', 'cpp'], this),
  );

  dispose(): void {
    this.#registrations.dispose();
  }

  async provideInlineValues(
    document: vscode.TextDocument,
    viewPort: vscode.Range,
    { frameId, stoppedLocation }: vscode.InlineValueContext,
  ): Promise<vscode.InlineValue[]> {
    const session = vscode.debug.activeDebugSession;
    // Listings have hints of their own.
    if (session?.type !== debugType || document.uri.scheme === listingScheme) return [];
    const last = stoppedLocation.start.line;
    const isAssembly = document.languageId === 'asm';
    const lines = Array.from({ length: last + 1 }, (_, line) => document.lineAt(line).text);
    // What registers have held at the instructions before, nobody knows any more.
    const first = isAssembly ? last : functionStart(lines, last);
    const values = await valuesOf(session, frameId, isAssembly ? ['Registers'] : ['Globals', 'Locals']);
    const shown: vscode.InlineValue[] = [];
    for (let line = Math.max(first, viewPort.start.line); line <= Math.min(last, viewPort.end.line); line++) {
      const seen = new Set<string>();
      for (const { name, range } of namesIn(lines[line]!)) {
        const value = values.get(name);
        if (value === undefined || seen.has(name)) continue;
        seen.add(name);
        const where = new vscode.Range(line, range.start, line, range.end);
        shown.push(new vscode.InlineValueText(where, `${name} = ${value}`));
      }
    }
    return shown;
  }

  provideEvaluatableExpression(
    document: vscode.TextDocument,
    { line, character }: vscode.Position,
  ): vscode.EvaluatableExpression | undefined {
    const range = expressionAt(document.lineAt(line).text, character);
    return range && new vscode.EvaluatableExpression(new vscode.Range(line, range.start, line, range.end));
  }
}

/** What the variables of a frame's scopes hold; of equal names, the last scope's, and there the innermost block's. */
async function valuesOf(
  session: vscode.DebugSession,
  frameId: number,
  scopeNames: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  try {
    const { scopes }: Answers['scopes'] = await session.customRequest('scopes', { frameId });
    for (const scopeName of scopeNames) {
      const scope = scopes.find(({ name }) => name === scopeName);
      if (!scope) continue;
      const { variablesReference } = scope;
      const { variables }: Answers['variables'] = await session.customRequest('variables', { variablesReference });
      for (const { name, value } of variables) values.set(name, value);
    }
  } catch {
    // The guest runs again.
  }
  return values;
}
