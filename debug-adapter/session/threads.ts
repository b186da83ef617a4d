import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import type { ThreadId, ThreadInfo } from '../debuggee/thread';
import { noThread } from './errors';

const vmmNumbers: ReadonlyMap<ThreadId, number> = new Map([
  ['main loop', 100],
  ['migration', 101],
]);
const firstOtherNumber = 200;

/** Thread numbers that stay what they are while threads come and go: hart i is 1 + i, VMM threads begin at 100. */
export class Threads {
  readonly #others = new Map<ThreadId, number>();
  #infos: readonly ThreadInfo[] = [];

  /** Takes note of the threads at a stop, and tells which have come and gone since the one before. */
  update(infos: readonly ThreadInfo[]): { readonly started: number[]; readonly exited: number[] } {
    const before = new Set(this.#infos.map(({ id }) => this.number(id)));
    const after = new Set(infos.map(({ id }) => this.number(id)));
    this.#infos = infos;
    return {
      started: [...after].filter((thread) => !before.has(thread)),
      exited: [...before].filter((thread) => !after.has(thread)),
    };
  }

  number(id: ThreadId): number {
    const hart = /^hart (\d+)$/.exec(id);
    if (hart) return 1 + Number(hart[1]);
    const known = vmmNumbers.get(id) ?? this.#others.get(id);
    if (known !== undefined) return known;
    const number = firstOtherNumber + this.#others.size;
    this.#others.set(id, number);
    return number;
  }

  /** @throws SessionError when there is no such thread. */
  id(number: number): ThreadId {
    const info = this.#infos.find(({ id }) => this.number(id) === number);
    if (!info) throw noThread(number);
    return info.id;
  }

  /** @throws SessionError when there is no such thread. */
  known(id: ThreadId): ThreadId {
    if (!this.#infos.some((info) => info.id === id)) throw noThread(id);
    return id;
  }

  /** @param first the thread that has stopped: rows of others' stacks above it would push its frames out of sight */
  list(first?: ThreadId): Dap.Thread[] {
    const others = this.#infos.filter(({ id }) => id !== first);
    const inOrder = this.#infos.filter(({ id }) => id === first).concat(others);
    return inOrder.map(({ id }) => ({ id: this.number(id), name: id }));
  }

  /** What the thread waits for, in words; undefined when it runs. */
  waitOf(id: ThreadId): string | undefined {
    const info = this.#infos.find((candidate) => candidate.id === id);
    return info && isWaiting(info) ? info.state : undefined;
  }
}

/** That whose registers are meant where no thread of the guest is named. */
export function firstHart(debuggee: Debuggee): ThreadId | undefined {
  return debuggee.threads().find(({ kind }) => kind === 'hart')?.id;
}

function isWaiting({ kind, state, isBlocked }: ThreadInfo): boolean {
  return isBlocked || (kind === 'hart' && state !== 'running');
}
