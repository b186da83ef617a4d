import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { launch } from '../../debug-adapter/launch';
import { nodeHost, readResources } from '../../debug-adapter/node-host';
import { parseLaunchConfiguration } from '../../debug-adapter/session/launch-configuration';

const root = resolve(__dirname, '../..');

interface SnapshotSpeed {
  readonly guest: string;
  readonly pageCount: number;
  readonly faults: number;
  readonly wallMs: number;
  readonly pagesPerSecond: number;
  readonly fileByteCount: number;
}

/**
 * One write-tracking snapshot of a running sample guest with nothing stopped, into a real file, the oracle checking
 * every page: wall time from the command to the finished file.
 */
async function measureSnapshot(guest: string, ram: string): Promise<SnapshotSpeed> {
  const output = join(root, 'out', `bench-${guest}-${process.pid}.qemu`);
  const program = join(root, 'extension/sample/guests', `${guest}.elf`);
  const configuration = parseLaunchConfiguration({ program, ram, snapshot: { when: { ms: 400 }, output } });
  const debuggee = await launch(configuration, nodeHost, readResources());
  let startedMs = 0;
  let endedMs = 0;
  let ending = '';
  debuggee.onEvent((event) => {
    if (event.kind === 'phase' && event.phase === 'setup') startedMs = performance.now();
    if (event.kind !== 'message') return;
    endedMs = performance.now();
    ending = event.text;
    debuggee.pause();
  });
  await debuggee.run({ kind: 'continue' });
  await debuggee.dispose();
  const [, faults] = /(\d+) write faults.*each page once/.exec(ending) ?? [];
  if (faults === undefined) throw new Error(`the snapshot of ${guest} did not come out right: ${ending}`);
  const fileByteCount = statSync(output).size;
  rmSync(output);
  const pageCount = debuggee.pages.block.pageCount;
  const wallMs = endedMs - startedMs;
  return {
    guest,
    pageCount,
    faults: Number(faults),
    wallMs,
    pagesPerSecond: (pageCount / wallMs) * 1000,
    fileByteCount,
  };
}

const rounds = 5;

/** Snapshots of the sample guests, unstopped; the best and the median of several rounds, interleaved. */
export async function benchSnapshots(say: (line: string) => void): Promise<void> {
  const cases = [
    { guest: 'working-set', ram: '256M' },
    { guest: 'sweep', ram: '256M' },
  ];
  const speeds = cases.map(() => [] as SnapshotSpeed[]);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { guest, ram }] of cases.entries()) speeds[index]!.push(await measureSnapshot(guest, ram));
  }
  say(`\nSnapshots of a running guest, nothing stopped, every page checked, to a file; best (median) of ${rounds}`);
  say(
    `${'guest'.padEnd(14)}${'pages'.padStart(8)}${'faults'.padStart(8)}${'MiB'.padStart(7)}${'thousand pages/s'.padStart(20)}`,
  );
  for (const runs of speeds) {
    const { guest, pageCount, faults, fileByteCount } = runs[0]!;
    const sorted = runs.map(({ pagesPerSecond }) => pagesPerSecond / 1000).sort((a, b) => b - a);
    const figures = `${sorted[0]!.toFixed(0)} (${sorted[rounds >> 1]!.toFixed(0)})`;
    const mib = (fileByteCount / 2 ** 20).toFixed(0);
    say(
      `${guest.padEnd(14)}${String(pageCount).padStart(8)}${String(faults).padStart(8)}${mib.padStart(7)}${figures.padStart(20)}`,
    );
  }
}
