import { rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseLaunchConfiguration } from '../../debug-adapter/configuration/launch-configuration';
import { launch } from '../../debug-adapter/launch';
import { nodeHost, readResources } from '../../debug-adapter/node/host';
import { median } from './quantiles';

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
 * One write-tracking snapshot of a running sample guest with nothing stopped, into a real file, with or without the
 * oracle checking every page: wall time from the command to the finished file.
 */
async function measureSnapshot(guest: string, ram: string, oracle: boolean): Promise<SnapshotSpeed> {
  const output = join(root, 'out', `bench-${guest}-${process.pid}.qemu`);
  const program = join(root, 'extension/sample/guests', `${guest}.elf`);
  const configuration = parseLaunchConfiguration({ program, ram, oracle, snapshot: { when: { ms: 400 }, output } });
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
  const said = oracle ? 'each page once' : 'Not checked';
  const [, pages, faults] = new RegExp(`: (\\d+) pages .* (\\d+) write faults.*${said}`).exec(ending) ?? [];
  if (faults === undefined) throw new Error(`the snapshot of ${guest} did not come out right: ${ending}`);
  const fileByteCount = statSync(output).size;
  rmSync(output);
  const pageCount = Number(pages);
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

/**
 * Snapshots of the sample guests, unstopped, with the oracle and without: what it costs. Best and median of several
 * rounds, interleaved.
 */
export async function benchSnapshots(say: (line: string) => void): Promise<void> {
  const cases = [
    { guest: 'working-set', ram: '256M' },
    { guest: 'sweep', ram: '256M' },
  ];
  const checked = cases.map(() => [] as SnapshotSpeed[]);
  const unchecked = cases.map(() => [] as SnapshotSpeed[]);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { guest, ram }] of cases.entries()) {
      checked[index]!.push(await measureSnapshot(guest, ram, true));
      unchecked[index]!.push(await measureSnapshot(guest, ram, false));
    }
  }
  say(`\nSnapshots of a running guest, nothing stopped, to a file, thousand pages/s; best (median) of ${rounds}`);
  const heads = ['every page checked', 'not checked', 'cost of a check'];
  say(
    `${'guest'.padEnd(14)}${'pages'.padStart(8)}${'faults'.padStart(8)}${'MiB'.padStart(7)}${heads.map((head) => head.padStart(20)).join('')}`,
  );
  for (const [index, runs] of checked.entries()) {
    const { guest, pageCount, faults, fileByteCount } = runs[0]!;
    const [withOracle, without] = [speedsOf(runs), speedsOf(unchecked[index]!)];
    const mib = (fileByteCount / 2 ** 20).toFixed(0);
    const costUs = `${(1000 / withOracle.best - 1000 / without.best).toFixed(1)} µs/page`;
    const columns = [withOracle.text, without.text, costUs].map((text) => text.padStart(20)).join('');
    say(`${guest.padEnd(14)}${String(pageCount).padStart(8)}${String(faults).padStart(8)}${mib.padStart(7)}${columns}`);
  }
}

/** Thousand pages a second. */
function speedsOf(runs: readonly SnapshotSpeed[]): { readonly best: number; readonly text: string } {
  const speeds = runs.map(({ pagesPerSecond }) => pagesPerSecond / 1000);
  const best = Math.max(...speeds);
  return { best, text: `${best.toFixed(0)} (${median(speeds).toFixed(0)})` };
}
