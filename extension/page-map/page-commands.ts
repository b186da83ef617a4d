/** What the page map's context menu offers for the page under the pointer. */
import * as vscode from 'vscode';
import type { ListingPlace, PageInfo, PageOfBlock } from '../../debug-adapter/protocol/messages';
import { isPageInfo } from '../../debug-adapter/protocol/page-map-messages';
import { customRequest } from '../debug/custom-requests';
import { sayWhatLacks } from '../debug/in-session';
import { staying } from '../debug/staying';
import { goTo, lastWriter } from '../debug/time-travel-commands';
import type { MemoryDocuments } from '../memory/memory-documents';
import type { PageMapPanel } from './page-map-panel';

const pageByteCount = 4096;

interface Place {
  readonly of: PageOfBlock;
  /** Guest physical. */
  readonly address: string;
}

type LivePlace = Place & { readonly session: vscode.DebugSession };

export function pageCommands(panel: PageMapPanel, memory: MemoryDocuments): vscode.Disposable {
  const forPage = (name: string, act: (place: Place) => unknown) =>
    vscode.commands.registerCommand(`freezeframe.page.${name}`, async (context: unknown) => {
      const of = pageOf(context);
      if (!of) return;
      try {
        await act({ of, address: panel.addressOf(of) });
      } catch (error) {
        // The debug adapter says why not, such as that the guest is running.
        void vscode.window.showInformationMessage(error instanceof Error ? error.message : String(error));
      }
    });
  const forLivePage = (name: string, act: (place: LivePlace) => unknown) =>
    forPage(name, (place) => {
      const { session } = panel;
      return session ? act({ ...place, session }) : sayWhatLacks('the guest that had this page has ended');
    });
  return vscode.Disposable.from(
    forLivePage('openMemory', ({ session, address }) => memory.open(session, address, panel.otherColumn)),
    forLivePage('runUntilSent', ({ session, address }) =>
      session.customRequest('evaluate', { expression: `until ${address}`, context: 'repl' }),
    ),
    forPage('breakOnWrite', ({ address }) => breakOnWrite(address)),
    forLivePage('showSymbol', (place) => showSymbol(place, memory, panel.otherColumn)),
    forLivePage('compareWithFreeze', ({ session, address, of }) =>
      memory.compareWithFreeze(session, address, of, panel.otherColumn),
    ),
    forPage('goToState', ({ address }) => goTo(`became ${address}`)),
    forPage('lastWriter', ({ address }) => lastWriter({ address, byteCount: pageByteCount })),
    forPage('copyAddress', async ({ address }) => {
      await vscode.env.clipboard.writeText(address);
      vscode.window.setStatusBarMessage(`${address} copied`, 3000);
    }),
    vscode.commands.registerCommand('freezeframe.pageMap.exportPng', () => panel.draw('png')),
    vscode.commands.registerCommand('freezeframe.pageMap.exportSvg', () => panel.draw('svg')),
  );
}

/** VS Code lets extensions set no data breakpoints; the debug adapter knows what a function breakpoint of this name means. */
function breakOnWrite(address: string): void {
  const name = `write to page 0x${(BigInt(address) >> 12n).toString(16)}`;
  const isThere = vscode.debug.breakpoints.some(
    (each) => each instanceof vscode.FunctionBreakpoint && each.functionName === name,
  );
  if (!isThere) vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint(name)]);
  vscode.window.setStatusBarMessage(`Stops at the next ${name}: see Breakpoints`, 5000);
}

async function showSymbol({ session, of, address }: LivePlace, memory: MemoryDocuments, column: vscode.ViewColumn) {
  const info = await customRequest(session, 'freezeframe.pageInfo', of);
  const symbol = isPageInfo(info) ? await chosen(info) : undefined;
  if (!symbol) return;
  if (!(info as PageInfo).isCode) {
    await memory.open(session, address, column);
    return;
  }
  const { source, line } = (await customRequest(session, 'freezeframe.listingOf', symbol)) as ListingPlace;
  if (source.path === undefined) return;
  const at = new vscode.Range(line - 1, 0, line - 1, 0);
  await vscode.window.showTextDocument(vscode.Uri.parse(source.path), { viewColumn: column, selection: at });
}

async function chosen({ symbols = [] }: PageInfo): Promise<{ readonly address: string } | undefined> {
  if (symbols.length === 0) throw new Error('No image has a symbol on this page.');
  if (symbols.length === 1) return symbols[0];
  const items = symbols.map(({ name, address }) => ({ label: name, description: address, address }));
  return vscode.window.showQuickPick(items, { ...staying, placeHolder: 'Symbols on this page' });
}

/** What the webview says of the place of its context menu. */
function pageOf(context: unknown): PageOfBlock | undefined {
  if (typeof context !== 'object' || context === null) return undefined;
  const { pageBlock, pageNumber } = context as Record<string, unknown>;
  return typeof pageBlock === 'string' && Number.isSafeInteger(pageNumber)
    ? { block: pageBlock, page: pageNumber as number }
    : undefined;
}
