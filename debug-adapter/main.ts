import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { comparedSnapshot } from './comparison/comparison';
import { parseLaunchConfiguration } from './configuration/launch-configuration';
import { compareLaunched } from './launch';
import { nodeHost, readResources } from './node/host';
import { serve } from './node/server';
import { createSession } from './node/session';
import { wholeMessages } from './node/whole-messages';
import { inWords } from './session/errors';
import { GuestShelf } from './session/guest-shelf';

/**
 * The debug adapter as a program: DAP over stdio, or over TCP on the loopback interface.
 *
 *     node dist/debug-adapter.js [--server=PORT [--token=TOKEN]]
 *     node dist/debug-adapter.js --compare
 *
 * Or, without a session, the snapshots of one guest by every algorithm: of the launch configuration on stdin, as JSON.
 *
 * Whoever connects can run guests and write files as the user can: `launch` and `attach` must give the token; one that was
 * not given is made up, and printed. A guest outlives its client when that says so (`disconnect` with
 * `terminateDebuggee: false`).
 */
const usage = 'usage: node debug-adapter.js [--server=PORT [--token=TOKEN]] | --compare';

function main(): void {
  // As the process exits, what is half written goes with it; a signal alone would leave it.
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, () => process.exit());
  // VS Code starts this file by `node -e`, where parseArgs would take the file's name for an argument.
  const args = process.argv.slice(2);
  const options = { server: { type: 'string' }, token: { type: 'string' }, compare: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args, options });
  if (values.compare) {
    void compareGiven();
    return;
  }
  if (values.server === undefined) {
    const session = createSession();
    session.start(wholeMessages(process.stdin), process.stdout);
    return;
  }
  const shelf = new GuestShelf(values.token ?? newToken());
  serve(portOf(values.server), (socket) => {
    const session = createSession(shelf);
    session.setRunAsServer(true);
    session.start(wholeMessages(socket), socket);
  }).on('error', fail);
}

/** Of the launch configuration on stdin: the compared snapshots on stdout, or on stderr why there are none. */
async function compareGiven(): Promise<void> {
  try {
    let given = '';
    for await (const piece of process.stdin.setEncoding('utf8')) given += piece;
    const rows = await compareLaunched(parseLaunchConfiguration(JSON.parse(given)), nodeHost, readResources());
    process.stdout.write(JSON.stringify(rows.map(comparedSnapshot)));
  } catch (error) {
    process.stderr.write(inWords(error).text);
    process.exitCode = 1;
  }
}

/** Of a server that was started without one: a line by itself. */
function newToken(): string {
  const token = randomBytes(16).toString('hex');
  process.stderr.write(`token ${token}\n`);
  return token;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`--server=${text}: a port is a number from 0 to 65535`);
  return port;
}

function fail(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exit(2);
}

try {
  main();
} catch (error) {
  fail(error);
}
