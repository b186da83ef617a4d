import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { ThreadId, ThreadInfo, ThreadRole } from '../debuggee/thread';
import { noThread } from './errors';

/** Of the first with a role. */
const firstNumbers: Readonly<Record<ThreadRole, number>> = { hart: 1, 'main-loop': 100, migration: 101, other: 200 };

/** Thread numbers that stay what they are while threads come and go: harts count from 1, VMM threads begin at 100. */
export class Threads {
  readonly #numbers = new Map<ThreadId, number>();
  #infos: readonly ThreadInfo[] = [];

  /** Takes note of the threads at a stop, and tells which have come and gone since the one before. */
  update(infos: readonly ThreadInfo[]): { readonly started: number[]; readonly exited: number[] } {
    const before = new Set(this.#infos.map(({ id }) => this.number(id)));
    const after = new Set(infos.map(({ id, role }) => this.number(id, role)));
    this.#infos = infos;
    return {
      started: [...after].filter((thread) => !before.has(thread)),
      exited: [...before].filter((thread) => !after.has(thread)),
    };
  }

  number(id: ThreadId, role: ThreadRole = 'other'): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const taken = new Set(this.#numbers.values());
    let number = firstNumbers[role];
    while (taken.has(number)) number++;
    this.#numbers.set(id, number);
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

function isWaiting({ role, state, isBlocked }: ThreadInfo): boolean {
  return isBlocked || (role === 'hart' && state !== 'running');
}
