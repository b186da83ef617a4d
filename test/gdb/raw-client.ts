import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodePacket } from '../../debug-adapter/gdb-stub/packets';

/** A client that sends what it likes, and reads what comes: acknowledgements and packets, as texts. */
export class RawClient {
  #received = '';
  #woken: () => void = () => {};
  isClosed = false;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes) => {
      this.#received += bytes.toString('latin1');
      this.#woken();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#woken();
    });
  }

  static async connected(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }

  /** The next `+`, `-` or packet's data; undefined at the end of the connection. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const [whole, data] = /^(?:[+-]|\$([^#]*)#..)/.exec(this.#received) ?? [];
      if (whole !== undefined) {
        this.#received = this.#received.slice(whole.length);
        return data ?? whole;
      }
      if (this.isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#woken = resolve;
      });
    }
  }

  /** @returns how it is acknowledged */
  begin(data: string): Promise<string | undefined> {
    this.send(Buffer.from(encodePacket(data)).toString('latin1'));
    return this.next();
  }

  /** What a packet is answered, behind its acknowledgement. */
  async ask(data: string): Promise<string | undefined> {
    const acknowledged = await this.begin(data);
    return acknowledged === '+' ? this.next() : acknowledged;
  }

  close(): void {
    this.socket.destroy();
  }
}
