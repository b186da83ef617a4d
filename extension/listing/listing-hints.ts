/** In listings of guest code, at a stop: what the registers of the current instruction hold, and which stores write-faulted. */
import * as vscode from 'vscode';
import { listingScheme, parseListingUri } from '../../debug-adapter/protocol/listing-uri';
import type { ListingHints } from '../../debug-adapter/protocol/messages';
import { customRequest } from '../debug/custom-requests';
import type { SessionWatch } from '../debug/session-watch';

/** The rest is in the tooltip. */
const pagesShownMax = 4;
const pagesInTooltipMax = 64;

export class ListingInlayHints implements vscode.InlayHintsProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChangeInlayHints = this.#changed.event;
  readonly #registrations: vscode.Disposable;

  constructor(private readonly watch: SessionWatch) {
    this.#registrations = vscode.Disposable.from(
      this.#changed,
      vscode.languages.registerInlayHintsProvider({ scheme: listingScheme }, this),
      watch.onStopped(() => this.#changed.fire()),
    );
  }

  async provideInlayHints(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.InlayHint[]> {
    const path = document.uri.toString(true);
    const session = this.watch.session(parseListingUri(path)?.session ?? '');
    if (!session) return [];
    let answer: unknown;
    try {
      answer = await customRequest(session, 'freezeframe.listingHints', { source: { path } });
    } catch {
      // The guest runs, or has gone: the next stop asks again.
      return [];
    }
    if (!isListingHints(answer)) return [];
    const hints = [...registerHints(document, answer), ...faultHints(document, answer)];
    return hints.filter(({ position }) => range.contains(position));
  }

  dispose(): void {
    this.#registrations.dispose();
  }
}

function registerHints(document: vscode.TextDocument, { harts }: ListingHints): vscode.InlayHint[] {
  return harts.flatMap(({ line, thread, registers }) => {
    if (line > document.lineCount) return [];
    return [...document.lineAt(line - 1).text.matchAll(/\b[a-z]\w*/g)].flatMap(({ 0: name, index }) => {
      const value = registers[name];
      // Of zero nobody wants to be told.
      if (value === undefined || name === 'zero') return [];
      const hint = new vscode.InlayHint(new vscode.Position(line - 1, index + name.length), `=${value}`);
      hint.tooltip = `${name} of ${thread}, before this instruction`;
      return [hint];
    });
  });
}

function faultHints(document: vscode.TextDocument, { writeFaults }: ListingHints): vscode.InlayHint[] {
  return writeFaults.flatMap(({ line, count, pages }) => {
    if (line > document.lineCount) return [];
    const faults = count === 1 ? '1 write fault' : `${count} write faults`;
    const hint = new vscode.InlayHint(
      document.lineAt(line - 1).range.end,
      `${faults}: ${listed(pages, pagesShownMax)}`,
    );
    hint.paddingLeft = true;
    hint.tooltip = `${pages.length === 1 ? 'Page' : 'Pages'} ${listed(pages, pagesInTooltipMax)}`;
    return [hint];
  });
}

function listed(pages: readonly string[], countMax: number): string {
  const more = pages.length > countMax ? ', …' : '';
  return `${pages.slice(0, countMax).join(', ')}${more}`;
}

function isListingHints(value: unknown): value is ListingHints {
  if (!isRecord(value)) return false;
  const { harts, writeFaults } = value;
  return (
    Array.isArray(harts) &&
    harts.every(
      (each) => isRecord(each) && isLine(each.line) && typeof each.thread === 'string' && isRecord(each.registers),
    ) &&
    Array.isArray(writeFaults) &&
    writeFaults.every((each) => isRecord(each) && isLine(each.line) && isLine(each.count) && Array.isArray(each.pages))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isLine(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}
