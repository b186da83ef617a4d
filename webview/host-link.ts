/** The page map's side of the conversation with the extension host. */
import type {
  FilteredPages,
  FilterPagesArguments,
  FindPageArguments,
  PageInfo,
  PageOfBlock,
} from '../debug-adapter/protocol/messages';
import {
  type FromPageMap,
  type PictureFormat,
  parseToPageMap,
  type ToPageMap,
} from '../debug-adapter/protocol/page-map-messages';

/** What carries messages: VS Code's webview API in a webview. */
export interface Transport {
  post(message: FromPageMap): void;
  /** Returns what ends the subscription. */
  listen(listener: (message: unknown) => void): () => void;
}

type Update = Extract<ToPageMap, { kind: 'pages' | 'report' | 'ended' | 'draw' }>;

type Answer = Extract<ToPageMap, { kind: 'page-info' | 'found-page' | 'filtered-pages' }>;
type Question = Extract<FromPageMap, { id: number }>;

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: Error) => void;
}

export class HostLink {
  readonly #pending = new Map<number, Pending>();
  readonly #stopListening: () => void;
  #nextId = 1;

  constructor(
    readonly transport: Transport,
    onUpdate: (update: Update) => void,
  ) {
    this.#stopListening = transport.listen((raw) => {
      const message = parseToPageMap(raw);
      if (!message) return;
      switch (message.kind) {
        case 'pages':
        case 'report':
        case 'ended':
        case 'draw':
          onUpdate(message);
          break;
        case 'page-info':
        case 'found-page':
        case 'filtered-pages':
          this.#take(message.id)?.resolve(message);
          break;
        case 'no-answer':
          this.#take(message.id)?.reject(new Error(message.message));
          break;
        default:
          message satisfies never;
      }
    });
    transport.post({ kind: 'ready' });
  }

  /** @throws Error when the session cannot tell, or ends before it answers. */
  async pageInfo(of: PageOfBlock): Promise<PageInfo> {
    const answer = await this.#ask({ kind: 'page-info', id: this.#nextId++, of });
    if (answer.kind !== 'page-info') throw new Error('the answer is to another question');
    return answer.info;
  }

  /** @throws Error that says what is wrong with the text. */
  async findPage(wanted: FindPageArguments): Promise<PageOfBlock> {
    const answer = await this.#ask({ kind: 'find-page', id: this.#nextId++, ...wanted });
    if (answer.kind !== 'found-page') throw new Error('the answer is to another question');
    return answer.of;
  }

  /** @throws Error when the session cannot tell. */
  async filterPages(wanted: FilterPagesArguments): Promise<FilteredPages> {
    const answer = await this.#ask({ kind: 'filter-pages', id: this.#nextId++, ...wanted });
    if (answer.kind !== 'filtered-pages') throw new Error('the answer is to another question');
    return answer.pages;
  }

  savePicture(format: PictureFormat, data: string): void {
    this.transport.post({ kind: 'picture', format, data });
  }

  openMemory(of: PageOfBlock): void {
    this.transport.post({ kind: 'open-memory', of });
  }

  openSnapshot(): void {
    this.transport.post({ kind: 'open-snapshot' });
  }

  copyQemuCommand(): void {
    this.transport.post({ kind: 'copy-qemu-command' });
  }

  dispose(): void {
    this.#stopListening();
    for (const { reject } of this.#pending.values()) reject(new Error('the page map was closed'));
    this.#pending.clear();
  }

  #ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#pending.set(question.id, { resolve, reject });
      this.transport.post(question);
    });
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}
