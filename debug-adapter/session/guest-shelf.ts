import { badToken, nothingToAttachTo } from './errors';
import type { LiveDebuggee } from './live-debuggee';

/** Where a session leaves a guest that outlives it, for the next one to attach to. A server has one. */
export class GuestShelf {
  #guest: LiveDebuggee | undefined;

  /** @param token what a client must know to use the server */
  constructor(private readonly token: string) {}

  /** @throws SessionError unless it is the right one. */
  check(token: unknown): void {
    if (token !== this.token) throw badToken();
  }

  /** At most one: the one before has to make room. */
  leave(guest: LiveDebuggee): void {
    void this.#guest?.end();
    this.#guest = guest;
  }

  /** @throws SessionError when nobody has left one. */
  take(): LiveDebuggee {
    const guest = this.#guest;
    if (!guest) throw nothingToAttachTo();
    this.#guest = undefined;
    return guest;
  }
}
