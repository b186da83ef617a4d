/** The page map's side of the conversation with the extension host. */
import type { PageInfo, PageOfBlock } from '../debug-adapter/protocol/messages';
import { type FromPageMap, parseToPageMap, type ToPageMap } from '../debug-adapter/protocol/page-map-messages';

/** What carries messages: VS Code's webview API in a webview. */
export interface Transport {
  post(message: FromPageMap): void;
  /** Returns what ends the subscription. */
  listen(listener: (message: unknown) => void): () => void;
}

type Update = Extract<ToPageMap, { kind: 'pages' | 'report' | 'ended' }>;

interface Pending {
  readonly resolve: (info: PageInfo) => void;
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
          onUpdate(message);
          break;
        case 'page-info':
          this.#take(message.id)?.resolve(message.info);
          break;
        case 'page-info-failed':
          this.#take(message.id)?.reject(new Error(message.message));
          break;
        default:
          message satisfies never;
      }
    });
    transport.post({ kind: 'ready' });
  }

  /** @throws Error when the session cannot tell, or ends before it answers. */
  pageInfo(of: PageOfBlock): Promise<PageInfo> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.transport.post({ kind: 'page-info', id, of });
    });
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

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}
