import { Socket } from 'node:net';
import { ack, bytesOf, encodePacket, nack, PacketReader } from '../gdb-stub/packets';
import { QemuError } from './qemu-error';

/** QEMU's packets are smaller. */
const packetByteCountMax = 0x1_0000;
const answerMs = 2_000;

/**
 * A client of QEMU's gdb stub. A stub that is spoken to stops the guest: only where that stands still already may there be
 * one. Every answer has its time.
 */
export class GdbClient {
  readonly #socket: Socket;
  readonly #reader = new PacketReader(packetByteCountMax);
  #answered: ((data: string) => void) | undefined;

  /** @param fd a connected socket, which the client closes */
  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: true, writable: true });
    this.#socket.on('error', () => {});
    this.#socket.on('data', (bytes) => this.#receive(bytes));
  }

  /** @throws QemuError when no answer comes */
  async ask(data: string): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(
          () => reject(new QemuError('gdb-silent', `QEMU's gdb stub does not answer \`${data}\`.`)),
          answerMs,
        );
        this.#answered = resolve;
        this.#socket.write(encodePacket(data));
      });
    } finally {
      clearTimeout(timer);
      this.#answered = undefined;
    }
  }

  /** A document of `qXfer`, piece by piece. */
  async read(object: string): Promise<string> {
    let text = '';
    for (;;) {
      const piece = await this.ask(`qXfer:${object}:${text.length.toString(16)},800`);
      if (!/^[ml]/.test(piece)) throw new QemuError('gdb-refused', `QEMU's gdb stub has no ${object} (${piece}).`);
      text += piece.slice(1);
      if (piece[0] === 'l') return text;
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Uint8Array): void {
    for (const received of this.#reader.read(bytes)) {
      if (received.kind === 'packet') {
        this.#socket.write(bytesOf(ack));
        this.#answered?.(received.data);
      } else if (received.kind === 'broken') this.#socket.write(bytesOf(nack));
    }
  }
}
