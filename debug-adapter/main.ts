import { createServer } from 'node:net';
import { launch } from './launch';
import { nodeHost, readResources, sourceFolder } from './node-host';
import { FreezeframeSession } from './session/freezeframe-session';

/**
 * The debug adapter as a program: DAP over stdio, or over TCP on the loopback interface.
 *
 *     node dist/debug-adapter.js [--server=PORT]
 */
function createSession(): FreezeframeSession {
  return new FreezeframeSession({
    launch: (configuration) => launch(configuration, nodeHost, readResources()),
    sourceRoot: sourceFolder,
    every(ms, callback) {
      const timer = setInterval(callback, ms);
      return { stop: () => clearInterval(timer) };
    },
  });
}

const port = process.argv.find((argument) => argument.startsWith('--server='))?.slice('--server='.length);
if (port === undefined) {
  const session = createSession();
  // An editor that goes away without a word takes a half-written snapshot with it.
  process.on('SIGTERM', () => session.shutdown());
  session.start(process.stdin, process.stdout);
} else {
  createServer((socket) => {
    const session = createSession();
    session.setRunAsServer(true);
    session.start(socket, socket);
  }).listen(Number(port), '127.0.0.1');
}
