/** What the editor of a snapshot's file says to its webview. Knows a source of bytes and the event loop, not VS Code. */
import {
  type BlockFacts,
  type FindingFacts,
  type FromSnapshotEditor,
  type PageFacts,
  parseFromSnapshotEditor,
  parsePath,
  pathText,
  type ToSnapshotEditor,
  type TreeRow,
} from '../../debug-adapter/protocol/snapshot-editor-messages';
import { SnapshotPage, snapshotPageNames } from '../../debug-adapter/protocol/snapshot-pages';
import { comparison, type Difference, isSameMachine } from '../../debug-adapter/snapshot-file/differences';
import type { Finding } from '../../debug-adapter/snapshot-file/findings';
import { findBytes, parseBytes, searchTree } from '../../debug-adapter/snapshot-file/search';
import { nodeAt, pathOfByte, streamTree, type TreeNode } from '../../debug-adapter/snapshot-file/stream-tree';
import { editorLimits, type Survey, type SurveyedBlock, Surveying } from '../../debug-adapter/snapshot-file/survey';
import { type ByteSource, Cancelled, type Turns, Worker } from '../../debug-adapter/snapshot-file/turns';
import { comparisonRefusal, verdictOf } from '../../debug-adapter/snapshot-file/verdict';
import { DifferingBlocks, MapSender } from './map-sender';

export interface SnapshotFile {
  readonly name: string;
  readonly source: ByteSource;
  /** A debugger could go on from it. */
  readonly canRestore: boolean;
}

/** A page as it was, to be looked at in a document of its own. */
export interface PageCopy {
  readonly block: string;
  /** Guest physical; where that is not known, in the block. */
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface EditorHost {
  readonly turns: Turns;
  post(message: ToSnapshotEditor): void;
  /** Asks for a file; undefined when none is chosen. */
  pickOther(): Promise<SnapshotFile | undefined>;
  openPage(copy: PageCopy): void;
  restore(): void;
}

type Work = 'read' | 'map' | 'compare' | 'search';

/** How often what grows is shown. */
const updateMs = 250;
const matchCountMax = 1000;
const restorableMachine = 'virt';

export class Conversation {
  #file: SnapshotFile | undefined;
  #surveying: Surveying | undefined;
  /** Whole, once it has been read. */
  #survey: Survey | undefined;
  #tree: TreeNode | undefined;
  #difference: Difference | undefined;
  /** Why there is nothing to read. */
  #refusal: string | undefined;
  readonly #map: MapSender;
  /** What takes long: reading the file, comparing it, searching. Each alone, and the last of each kind. */
  readonly #workers = new Map<Work, Worker>();
  #isListening = false;

  constructor(private readonly host: EditorHost) {
    this.#map = new MapSender((message) => this.#post(message));
  }

  /** The file, or what it has become. */
  open(file: SnapshotFile): void {
    this.dispose();
    this.#file = file;
    this.#refusal = undefined;
    if (this.#isListening) this.#begin(file);
  }

  /** There is no such file, or it cannot be opened. */
  refuse(text: string): void {
    this.dispose();
    this.#file = undefined;
    this.#refusal = text;
    this.#post({ kind: 'refused', text });
  }

  /** What is under way ends. */
  dispose(): void {
    for (const worker of this.#workers.values()) worker.cancel();
    this.#workers.clear();
  }

  receive(raw: unknown): void {
    const message = parseFromSnapshotEditor(raw);
    if (message && (this.#file || message.kind === 'ready')) this.#answer(message);
  }

  /** The editor's own command, too. */
  compare(): Promise<void> {
    return this.#work('compare', async (worker) => {
      const survey = this.#survey;
      if (!survey) {
        this.#post({ kind: 'place', note: 'Compare it when all of it has been read.' });
        return;
      }
      const other = await this.host.pickOther();
      if (other) await this.#compareWith(worker, survey, other);
    });
  }

  #answer(message: FromSnapshotEditor): void {
    switch (message.kind) {
      case 'ready':
        this.#isListening = true;
        this.dispose();
        if (this.#file) this.#begin(this.#file);
        else if (this.#refusal !== undefined) this.#post({ kind: 'refused', text: this.#refusal });
        break;
      case 'rows':
        this.#postRows(message.parent, message.from, message.count);
        break;
      case 'bytes':
        void this.#postBytes(message.offset, message.length);
        break;
      case 'show-block':
        this.#showBlock(message.block);
        break;
      case 'page':
        this.#postPage(message.block, message.page);
        break;
      case 'open-page':
        void this.#openPage(message.block, message.page);
        break;
      case 'go-to':
        this.#goTo(message.offset);
        break;
      case 'search':
        void this.#search(message.query);
        break;
      case 'search-bytes':
        void this.#searchBytes(message.query, message.from);
        break;
      case 'cancel':
        this.#workers.get('search')?.cancel();
        this.#workers.get('compare')?.cancel();
        break;
      case 'compare':
        void this.compare();
        break;
      case 'end-comparison':
        this.#endComparison();
        break;
      case 'restore':
        this.host.restore();
        break;
      default:
        message satisfies never;
    }
  }

  #begin(file: SnapshotFile): void {
    this.#survey = undefined;
    this.#surveying = undefined;
    this.#difference = undefined;
    this.#differing = undefined;
    this.#tree = undefined;
    this.#map.forget();
    this.#post({
      kind: 'file',
      name: file.name,
      byteCount: file.source.byteCount,
    });
    void this.#work('read', async (worker) => {
      const survey = await this.#surveyed(worker, file, `Reading ${file.name}`);
      this.#survey = survey;
      await this.#update(worker, survey, true);
      const verdict = verdictOf(survey, file.name);
      if (verdict.kind === 'refused') this.#post(verdict);
      else {
        const findings = verdict.kind === 'judged' ? verdict.findings.map((each) => findingFacts(survey, each)) : [];
        const isWhole = verdict.kind === 'judged' && verdict.isWhole;
        this.#post({ kind: 'verdict', isWhole, text: verdict.text, findings });
      }
    });
  }

  /** Reads a file to its end; of the one in the editor, what is known is shown as it grows. */
  async #surveyed(worker: Worker, file: SnapshotFile, what: string): Promise<Survey> {
    const { source } = file;
    const surveying = new Surveying(source.byteCount, editorLimits);
    const isShown = file === this.#file;
    if (isShown) this.#surveying = surveying;
    let shownMs = this.host.turns.now();
    let hasShown = false;
    return worker.read(surveying.read(), async ({ offset, length }) => {
      const now = this.host.turns.now();
      const isFirst = !hasShown && surveying.soFar.blocks.length > 0;
      if (isFirst || now - shownMs > updateMs) {
        hasShown ||= isFirst;
        shownMs = now;
        this.#post({ kind: 'progress', what, done: offset, total: source.byteCount });
        if (isShown) await this.#update(worker, surveying.soFar, false);
      }
      return source.read(offset, length);
    });
  }

  /** Facts, tree and map, as far as they are known. */
  async #update(worker: Worker, survey: Survey, isComplete: boolean): Promise<void> {
    this.#tree = undefined;
    const blocks = survey.blocks.map((block) => blockFacts(survey, block));
    const canRestore = this.#file?.canRestore === true && survey.configuration?.machine === restorableMachine;
    this.#post({ kind: 'blocks', facts: factsOf(survey), isComplete, canRestore, blocks });
    this.#post({ kind: 'tree' });
    if (survey.blocks.length === 0) return;
    if (!this.#map.isShowing(survey)) this.#map.show(survey, mainBlockOf(survey.blocks), this.#differing);
    await this.#map.send(worker);
  }

  #root(): TreeNode | undefined {
    const survey = this.#known;
    if (survey) this.#tree ??= streamTree(survey, this.#difference);
    return this.#tree;
  }

  get #known(): Survey | undefined {
    return this.#survey ?? this.#surveying?.soFar;
  }

  #postRows(parent: string, from: number, count: number): void {
    const root = this.#root();
    const node = root && nodeAt(root, parsePath(parent));
    if (!node) return;
    const rows: TreeRow[] = [];
    for (let index = from; index < Math.min(from + count, node.childCount); index++) {
      rows.push(this.#rowOf(node.child(index)));
    }
    this.#post({ kind: 'rows', parent, childCount: node.childCount, from, rows });
  }

  #rowOf({ label, value, type, extent, block, childCount }: TreeNode): TreeRow {
    const index = block === undefined ? -1 : this.#known!.blocks.findIndex(({ name }) => name === block);
    return {
      label,
      childCount,
      ...(value !== undefined && { value }),
      ...(type !== undefined && { type }),
      ...(extent && { offset: extent.offset, byteCount: extent.byteCount }),
      ...(index >= 0 && { block: index }),
    };
  }

  async #postBytes(offset: number, length: number): Promise<void> {
    const { source } = this.#file!;
    const from = Math.min(offset, source.byteCount);
    try {
      const bytes = await source.read(from, Math.min(length, source.byteCount - from));
      this.#post({ kind: 'bytes', offset: from, bytes: bytes.slice() });
    } catch (error) {
      this.#post({ kind: 'place', note: messageOf(error) });
    }
  }

  #showBlock(index: number): void {
    const survey = this.#known;
    if (!survey?.blocks[index]) return;
    this.#map.show(survey, index, this.#differing);
    // While the file is read, that sends it.
    if (this.#survey) void this.#work('map', (worker) => this.#map.send(worker));
  }

  #differing: DifferingBlocks | undefined;

  #postPage(index: number, page: number): void {
    const facts = this.#pageFacts(index, page);
    if (facts) this.#post({ kind: 'page', ...facts });
  }

  #pageFacts(index: number, page: number): PageFacts | undefined {
    const block = this.#known?.blocks[index];
    if (!block || page >= block.pages.pageCount) return undefined;
    const { pages, name, address } = block;
    const form = pages.formOf(page);
    const offset = pages.offsetOf(page);
    const times = pages.timesSent(page);
    const pageByteCount = this.#known!.pageByteCount;
    const place = (address ?? 0) + page * pageByteCount;
    const lines = [
      `page 0x${page.toString(16)} of ${name}`,
      `${address === undefined ? 'offset in the block' : 'address'} 0x${place.toString(16)}`,
      ...(offset === undefined ? [] : [`${snapshotPageNames[form]}, at byte ${offset} of the file`]),
      ...(times > 1 ? [`sent ${times} times${times === 255 ? ' or more' : ''}`] : []),
    ];
    const isNormal = form === SnapshotPage.Normal;
    return {
      block: index,
      page,
      lines,
      ...(offset !== undefined && { offset, byteCount: isNormal ? pageByteCount : 0 }),
    };
  }

  async #openPage(index: number, page: number): Promise<void> {
    const survey = this.#known;
    const block = survey?.blocks[index];
    if (!block || page >= block.pages.pageCount) return;
    const { source } = this.#file!;
    try {
      const reading = block.pages.read(page, survey!.pageByteCount);
      const worker = new Worker(this.host.turns);
      const bytes = await worker.read(reading, ({ offset, length }) => source.read(offset, length));
      if (bytes) {
        const address = (block.address ?? 0) + page * survey!.pageByteCount;
        this.host.openPage({ block: block.name, address, bytes });
      } else this.#post({ kind: 'place', note: 'The file holds no copy of this page.' });
    } catch (error) {
      this.#post({ kind: 'place', note: messageOf(error) });
    }
  }

  #goTo(offset: number): void {
    const { byteCount } = this.#file!.source;
    if (offset < byteCount) this.#postPlace(offset, 1);
    else this.#postPlace(byteCount - 1, 1, `The file ends at byte ${byteCount}.`);
  }

  #postPlace(offset: number, byteCount: number, note?: string): void {
    const root = this.#root();
    const path = root && pathOfByte(root, this.#known!, offset);
    const place = { offset, byteCount, ...(path && { path: pathText(path) }) };
    this.#post({ kind: 'place', place, ...(note !== undefined && { note }) });
  }

  async #search(query: string): Promise<void> {
    const root = this.#root();
    if (!root) return;
    await this.#work('search', async (worker) => {
      const paths: string[] = [];
      let isComplete = true;
      for (const path of searchTree(root, query)) {
        if (path) paths.push(pathText(path));
        if (paths.length >= matchCountMax) {
          isComplete = false;
          break;
        }
        await worker.pause();
      }
      this.#post({ kind: 'matches', query, paths, isComplete });
    });
  }

  async #searchBytes(query: string, from: number): Promise<void> {
    const needle = parseBytes(query);
    if (!needle) {
      this.#post({ kind: 'place', note: 'Bytes are given as de ad be ef, or as "text": at most 64.' });
      return;
    }
    const { source } = this.#file!;
    const start = Math.min(from, source.byteCount);
    await this.#work('search', async (worker) => {
      let shownMs = this.host.turns.now();
      const find = (low: number, end: number) =>
        worker.read(findBytes(needle, low, end), ({ offset, length }) => {
          const now = this.host.turns.now();
          if (now - shownMs > updateMs) {
            shownMs = now;
            const done = (offset - start + source.byteCount) % source.byteCount;
            this.#post({ kind: 'progress', what: 'Searching', done, total: source.byteCount });
          }
          return source.read(offset, length);
        });
      const end = Math.min(source.byteCount, start + needle.length - 1);
      const found = (await find(start, source.byteCount)) ?? (await find(0, end));
      if (found === undefined) this.#post({ kind: 'place', note: `${query} is nowhere in the file.` });
      else this.#postPlace(found, needle.length);
    });
  }

  async #compareWith(worker: Worker, survey: Survey, other: SnapshotFile): Promise<void> {
    const theirs = await this.#surveyed(worker, other, `Reading ${other.name}`);
    const refusal = comparisonRefusal(survey, this.#file!.name) ?? comparisonRefusal(theirs, other.name);
    if (refusal !== undefined) {
      this.#post({ kind: 'comparison', name: '', text: refusal });
      return;
    }
    const differing = new DifferingBlocks(survey);
    let shownMs = this.host.turns.now();
    const comparing = comparison(survey, theirs, {
      at: (block, page, pageCount) => {
        const now = this.host.turns.now();
        if (now - shownMs <= updateMs) return;
        shownMs = now;
        this.#post({ kind: 'progress', what: `Comparing ${block}`, done: page, total: pageCount });
      },
      differing: (block, page) => differing.mark(block, page),
    });
    const sources = { a: this.#file!.source, b: other.source };
    const difference = await worker.read(comparing, ({ side, offset, length }) => sources[side].read(offset, length));
    this.#difference = difference;
    this.#differing = differing;
    this.#tree = undefined;
    const text = isSameMachine(difference)
      ? `The same machine as ${other.name}: pages and device fields are equal.`
      : `Compared with ${other.name}`;
    this.#post({ kind: 'comparison', name: other.name, text });
    this.#post({ kind: 'tree' });
    const block = difference.blocks.find(({ a, b }) => a === b)?.block;
    const index = survey.blocks.findIndex(({ name }) => name === block);
    this.#map.show(survey, index >= 0 ? index : mainBlockOf(survey.blocks), differing);
    await this.#map.send(worker);
  }

  #endComparison(): void {
    this.#workers.get('compare')?.cancel();
    this.#difference = undefined;
    this.#differing = undefined;
    this.#tree = undefined;
    this.#post({ kind: 'comparison', name: '', text: '' });
    this.#post({ kind: 'tree' });
    this.#showBlock(this.#map.block);
  }

  /** The same kind of work that is still under way ends. What goes wrong is said in the editor. */
  async #work(kind: Work, work: (worker: Worker) => Promise<void>): Promise<void> {
    this.#workers.get(kind)?.cancel();
    const worker = new Worker(this.host.turns);
    this.#workers.set(kind, worker);
    try {
      await work(worker);
    } catch (error) {
      if (error instanceof Cancelled || worker.isCancelled) return;
      const text = messageOf(error);
      this.#post(kind === 'read' ? { kind: 'refused', text } : { kind: 'place', note: text });
    } finally {
      if (this.#workers.get(kind) === worker) this.#workers.delete(kind);
      if (this.#workers.size === 0) this.#post({ kind: 'progress', what: '', done: 0, total: 0 });
    }
  }

  #post(message: ToSnapshotEditor): void {
    if (this.#isListening) this.host.post(message);
  }
}

function blockFacts({ configuration }: Survey, { name, pages }: SurveyedBlock): BlockFacts {
  const isShared = pages.sentCount === 0 && configuration?.capabilities?.includes('x-ignore-shared') === true;
  const counts = [...pages.formCounts];
  counts[SnapshotPage.Missing] = pages.missingCount;
  return { name, pageCount: pages.pageCount, counts, isShared };
}

function findingFacts({ blocks }: Survey, { isWrong, text, offset, page }: Finding): FindingFacts {
  const block = blocks.findIndex(({ name }) => name === page?.block);
  return {
    isWrong,
    text,
    ...(offset !== undefined && { offset }),
    ...(page && { page: { block, page: page.page } }),
  };
}

function factsOf({ configuration, pageByteCount, head }: Survey): string {
  if (!head) return '';
  const machine = configuration ? `machine ${configuration.machine}` : 'no configuration';
  const capabilities = configuration?.capabilities?.join(', ');
  return [machine, `pages of ${pageByteCount} bytes`, ...(capabilities ? [capabilities] : [])].join(', ');
}

/** The guest's RAM, as far as a name tells: the largest block of those that are called so, and not a flash's. */
function mainBlockOf(blocks: readonly SurveyedBlock[]): number {
  const rank = ({ name, byteCount }: SurveyedBlock) => byteCount * (/(^|[./])ram/.test(name) ? 2 ** 20 : 1);
  let main = 0;
  for (const [index, block] of blocks.entries()) if (rank(block) > rank(blocks[main]!)) main = index;
  return main;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
