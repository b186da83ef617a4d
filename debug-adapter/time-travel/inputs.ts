import type { Debuggee, WhenProtected } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';

/** What comes to a debuggee from outside and changes its run. */
export type Input =
  | { readonly kind: 'take-snapshot'; readonly output: string | undefined }
  | { readonly kind: 'cancel-snapshot' }
  | { readonly kind: 'monitor'; readonly line: string }
  | { readonly kind: 'console'; readonly bytes: Uint8Array }
  | { readonly kind: 'register'; readonly thread: ThreadId; readonly name: string; readonly value: bigint }
  | {
      readonly kind: 'memory';
      /** Undefined: the address is physical. */
      readonly thread: ThreadId | undefined;
      readonly address: bigint;
      readonly bytes: Uint8Array;
      readonly whenProtected: WhenProtected;
    }
  /** From here on this thread alone acts; undefined: all do again. */
  | { readonly kind: 'only'; readonly thread: ThreadId | undefined };

/** Gives it to a debuggee, again. */
export function give(input: Input, debuggee: Debuggee): void {
  switch (input.kind) {
    case 'take-snapshot':
      debuggee.takeSnapshot(input.output);
      return;
    case 'cancel-snapshot':
      debuggee.cancelSnapshot();
      return;
    case 'monitor':
      // What it has to say has been said; what it refuses changes nothing.
      void debuggee.monitor(input.line).catch(() => {});
      return;
    case 'console':
      debuggee.consoleInput(input.bytes);
      return;
    case 'register':
      debuggee.setRegister(input.thread, input.name, input.value);
      return;
    case 'memory': {
      const { thread, address, bytes, whenProtected } = input;
      if (thread === undefined) debuggee.writePhysicalMemory(Number(address), bytes, whenProtected);
      else debuggee.writeMemory(thread, address, bytes, whenProtected);
      return;
    }
    case 'only':
      // A matter of how it is run.
      return;
    default:
      input satisfies never;
  }
}
