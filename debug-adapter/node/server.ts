import { createServer, type Server, type Socket } from 'node:net';

/** How every message of the Debug Adapter Protocol begins. */
const head = 'Content-Length:';

/**
 * Connections on the loopback interface. A web page can make a browser send what it likes to a port, behind a head of HTTP
 * with a Content-Length of its own: whoever does not begin as a debugger does is cut off.
 */
export function serve(port: number, onConnection: (socket: Socket) => void): Server {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (first) => {
      if (!head.startsWith(first.toString('latin1', 0, head.length))) {
        socket.destroy();
        return;
      }
      socket.pause();
      socket.unshift(first);
      onConnection(socket);
    });
  });
  return server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    if (address !== null && typeof address === 'object')
      process.stderr.write(`listening on 127.0.0.1:${address.port}\n`);
  });
}
