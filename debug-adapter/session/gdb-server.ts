import type { Stop } from '../debuggee/stop';
import type { Connection, Listen, Listener } from '../gdb-stub/connection';
import { GdbStub } from '../gdb-stub/gdb-stub';
import { ack, bytesOf, encodePacket } from '../gdb-stub/packets';
import type { StopDetails } from '../gdb-stub/stop-reply';
import type { Target } from '../gdb-stub/target';
import { cannotListen, noGdbHere, notGdbsDevice } from './errors';

/** What gdb acts on, and who is told of it. */
export interface Debugged extends Target {
  /** What a user should read. */
  tell(text: string): void;
  /** A bug: gdb has been cut off. */
  onFailure(error: unknown): void;
}

/** How a packet of gdb's begins, or what may come before one: nothing that a web page can make a browser send. */
const beginnings: ReadonlySet<number> = new Set(bytesOf('$+-\x03'));

/** Where QEMU listens unless told otherwise. */
const defaultDevice = 'tcp::1234';

/** Waits for a gdb on behalf of a guest: one at a time, which may come and go. */
export class GdbServer {
  #listener: Listener | undefined;
  #stub: GdbStub | undefined;

  constructor(
    private readonly debugged: Debugged,
    private readonly listenAt: Listen | undefined,
  ) {}

  get isConnected(): boolean {
    return this.#stub !== undefined;
  }

  /**
   * @param device as QEMU's `-gdb` takes it, `none` for none
   * @returns what there is to say of it. @throws SessionError
   */
  async listen(device = defaultDevice): Promise<string> {
    const [, port] = /^tcp:(?:127\.0\.0\.1|localhost)?:(\d{1,5})$/.exec(device) ?? [];
    if (device !== 'none' && !(Number(port) <= 65_535)) throw notGdbsDevice(device);
    if (!this.listenAt || !this.debugged.debuggee.abilities.has('instructions')) throw noGdbHere();
    this.end();
    if (port === undefined) return 'No longer waiting for gdb.\n';
    try {
      this.#listener = await this.listenAt(Number(port), (connection) => this.#onConnection(connection));
    } catch (error) {
      throw cannotListen(Number(port), error instanceof Error ? error.message : String(error));
    }
    return `Waiting for gdb on 127.0.0.1:${this.#listener.port}: target remote :${this.#listener.port}\n`;
  }

  onStop(stop: Stop, details: StopDetails): void {
    this.#stub?.onStop(stop, details);
  }

  /** Nobody comes any more, and who is there is told that the guest is gone. */
  end(): void {
    this.#listener?.close();
    this.#listener = undefined;
    this.#stub?.end();
    this.#stub = undefined;
  }

  #onConnection(connection: Connection): void {
    let stub: GdbStub | 'refused' | undefined;
    connection.listen({
      onBytes: (bytes) => {
        stub ??= this.#begin(connection, bytes);
        if (stub !== 'refused') this.#receive(stub, bytes);
      },
      onClose: () => {
        if (stub === undefined || stub === 'refused') return;
        stub.close();
        if (stub !== this.#stub) return;
        this.#stub = undefined;
        this.debugged.tell('gdb has disconnected.');
      },
    });
  }

  #receive(stub: GdbStub, bytes: Uint8Array): void {
    try {
      stub.receive(bytes);
    } catch (error) {
      stub.close();
      this.debugged.onFailure(error);
    }
  }

  /** As QEMU's guest does, this one stops when gdb comes. */
  #begin(connection: Connection, first: Uint8Array): GdbStub | 'refused' {
    const isGdb = beginnings.has(first[0]!);
    if (isGdb && !this.#stub) {
      this.#stub = new GdbStub(this.debugged, connection);
      this.debugged.tell('gdb has connected.');
      if (this.debugged.isRunning) this.debugged.pause();
      return this.#stub;
    }
    if (isGdb) {
      connection.send(bytesOf(ack));
      connection.send(encodePacket('E.Another gdb is connected to this guest.'));
    }
    connection.close();
    return 'refused';
  }
}
