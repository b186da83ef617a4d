import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { type Debuggee, DebuggeeError, type WhenProtected } from '../debuggee/debuggee';
import type { Pieces } from '../debuggee/pieces';
import type { Composite, SourceValue, ThreadId, Value } from '../debuggee/thread';
import { badArguments, nothingWaits, notInnermost, notStopped, SessionError } from './errors';
import type { Store } from './expressions';
import type { Place } from './frames';
import { decoded, memoryPlace } from './memory';

/** What a user changes while the debuggee stands still: registers and memory. */
export class Writes {
  /** The last write, if a page's protection has stopped it. */
  #stopped: ((whenProtected: WhenProtected) => void) | undefined;

  /** @param onWritten what a client has been shown may be wrong now; `isRunning`: gdb may have let it run */
  constructor(
    private readonly debuggee: Debuggee,
    private readonly isRunning: () => boolean,
    private readonly onWritten: () => void,
  ) {}

  /** Of what an expression assigns, from the point of view of a thread's frame. */
  storeOf({ thread, index }: Place): Store {
    return {
      register: (name, value) => {
        if (index > 0) throw notInnermost(name);
        this.setRegister(thread, name, value);
      },
      memory: (address, bytes) => this.#write((mode) => this.debuggee.writeMemory(thread, address, bytes, mode)),
      value: (of, value) => this.setValue(thread, of, value),
    };
  }

  /** Of the guest's source: in memory, in a register, or in pieces of both. */
  setValue(thread: ThreadId, of: SourceValue, value: Value | Composite): void {
    for (const write of of.writes(value)) {
      if (write.kind === 'register') this.setRegister(thread, write.name, write.value);
      else this.#write((mode) => this.debuggee.writeMemory(thread, write.address, write.bytes, mode));
    }
  }

  /** @returns what the register holds then. */
  setRegister(thread: ThreadId, name: string, value: bigint): bigint {
    const written = this.debuggee.setRegister(thread, name, value);
    this.onWritten();
    return written;
  }

  /** At a virtual address as the thread's hart sees it; without a thread at a physical one. */
  write(thread: ThreadId | undefined, address: bigint, bytes: Uint8Array): void {
    this.#write((mode) => {
      if (thread === undefined) this.debuggee.writePhysicalMemory(Number(address), bytes, mode);
      else this.debuggee.writeMemory(thread, address, bytes, mode);
    });
  }

  /** All of it at one instant, however long it takes to read what the request says. */
  *writeMemory(
    thread: ThreadId,
    { memoryReference, offset = 0, data }: Dap.WriteMemoryArguments,
  ): Pieces<Dap.WriteMemoryResponse['body']> {
    const { isPhysical, address } = memoryPlace(memoryReference, offset);
    const bytes = yield* bytesOf(data);
    if (this.isRunning()) throw notStopped();
    if (address < 0n || (isPhysical && address > BigInt(Number.MAX_SAFE_INTEGER))) {
      throw badArguments('writeMemory', '`offset` leads outside memory');
    }
    this.write(isPhysical ? undefined : thread, address, bytes);
    return { bytesWritten: bytes.length };
  }

  /** The write that was stopped last is made as a VMM's debugger makes it: it sleeps until the page has been saved. */
  wait(): string {
    if (!this.#stopped) throw nothingWaits();
    this.#stopped('wait');
    this.#stopped = undefined;
    return 'The main loop writes when the guest continues, and sleeps in the write fault until the page has been saved.';
  }

  #write(write: (whenProtected: WhenProtected) => void): void {
    this.#stopped = undefined;
    try {
      write('refuse');
    } catch (error) {
      if (error instanceof DebuggeeError && error.code === 'write-protected') this.#stopped = write;
      throw error;
    }
    this.onWritten();
  }
}

function* bytesOf(data: string): Pieces<Uint8Array> {
  try {
    return yield* decoded(data);
  } catch (error) {
    if (error instanceof SessionError) throw error;
    throw badArguments('writeMemory', '`data` is not base64');
  }
}
