import { createServer, type Socket } from 'node:net';
import type { Connection, Listen } from '../gdb-stub/connection';

/** gdbs, over TCP on the loopback interface. */
export const listenOnLoopback: Listen = (port, onConnection) =>
  new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true }, (socket) => onConnection(connectionOf(socket)));
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      reject(new Error(code === 'EADDRINUSE' ? 'the port is in use' : message));
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const at = address !== null && typeof address === 'object' ? address.port : port;
      resolve({ port: at, close: () => void server.close() });
    });
  });

function connectionOf(socket: Socket): Connection {
  socket.on('error', () => socket.destroy());
  return {
    listen({ onBytes, onClose }) {
      socket.on('data', onBytes);
      socket.on('close', onClose);
    },
    send(bytes) {
      if (!socket.writable || socket.write(bytes) || socket.isPaused()) return;
      // Who does not read is not read either.
      socket.pause();
      socket.once('drain', () => socket.resume());
    },
    close: () => socket.destroySoon(),
  };
}
