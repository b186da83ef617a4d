import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { PagesEvent } from '../../debug-adapter/protocol/messages';
import { PageState } from '../../debug-adapter/protocol/page-states';
import type { SnapshotReport } from '../../debug-adapter/protocol/snapshot-report';
import { RecordedAdapter, root } from './recorded-adapter';

describe('a snapshot that has ended, over DAP', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
  });
  afterEach(() => adapter.stop());

  /** What is told up to the stop at the snapshot's last phase. */
  async function ended(
    configuration: Record<string, unknown>,
    phase: string,
  ): Promise<[SnapshotReport, Dap.OutputEvent]> {
    const told: [SnapshotReport?, Dap.OutputEvent?] = [];
    adapter.once('freezeframe.snapshot', ({ body }: { body: SnapshotReport }) => (told[0] = body));
    adapter.once('output', (output: Dap.OutputEvent) => (told[1] = output));
    const snapshot = { when: { ms: 2 }, output: join(adapter.folder, 'a.qemu') };
    await adapter.begin({ ram: '2M', snapshot, ...configuration }, { filters: [`phase.${phase}`] });
    await adapter.nextStop();
    return told as [SnapshotReport, Dap.OutputEvent];
  }

  /** Over all blocks of the page map. */
  async function sentPageCount(): Promise<number> {
    const { blocks } = (await adapter.customRequest('freezeframe.pageMap', {})).body as PagesEvent;
    const counts = blocks.flatMap((block) => block.counts.filter((_, state) => state !== PageState.Untracked));
    return counts.reduce((sum, count) => sum + count);
  }

  it('is told at the stop, not behind it: what was written, downtime, faults, verdict', async () => {
    const [{ outcome, title, facts, path }, { body }] = await ended({}, 'completed');
    assert.equal(outcome, 'written');
    assert.equal(path, join(adapter.folder, 'a.qemu'));
    assert.equal(title, `Snapshot written to ${path}`);
    const values = new Map(facts.map(({ name, value }) => [name, value]));
    assert.match(values.get('Written')!, /^[\d.]+ MiB, 16,911 pages, [\d,]+ of them zero$/);
    assert.match(values.get('Downtime')!, /^0\.\d{3} ms of [\d.]+ ms$/);
    assert.match(values.get('Write faults')!, /^34: p50 [\d.]+ µs, p95 .* p99 .* longest [\d.]+ µs$/);
    assert.equal(await sentPageCount(), 16_911, 'the page map shows what was written');
    assert.equal(values.get('Checked'), 'RAM in the file is RAM at the freeze, each page once');
    assert.match(body.output, /34 write faults \(p50 /);
    assert.equal(body.category, 'stdout', 'which VS Code does not show in the yellow of a warning');
  });

  const guests = join(root, 'extension/sample/guests');
  const virtio = ['rng', { kind: 'block', slot: 0 }, 'console', 'net', { kind: 'balloon', slot: 2 }];
  for (const [what, configuration] of [
    ['disk included', { program: join(guests, 'journal.elf') }],
    ['with all devices, in the slots and behind the interface that it had', { virtio, virtioVersion: 2 }],
  ] as const) {
    it(`comes with a command by which a real QEMU goes on from it, ${what}`, async () => {
      const disk = join(guests, 'journal.img');
      const [{ qemuCommand }] = await ended({ ram: '1M', disk, ...configuration }, 'completed');
      assert.deepEqual(await typedInto(qemuCommand!, 'q'), { code: 0, errors: '' });
    });
  }

  it('says at once why it has failed', async () => {
    const [{ outcome, title, path }, { body }] = await ended({ whatIf: { failAt: 'uffd-open' } }, 'failed');
    assert.equal(outcome, 'failed');
    assert.match(title, /^Snapshot failed: .* No file was kept\.$/);
    assert.equal(path, undefined);
    assert.equal(body.output, `${title}\n`);
  });

  it('leaves the file that it has told of when the session is ended at this stop', async () => {
    const [{ path }] = await ended({}, 'completed');
    await adapter.disconnectRequest({});
    const other = RecordedAdapter.begun();
    try {
      await other.begin({ restore: path, program: undefined, ram: undefined, stopOnEntry: true });
      assert.equal((await other.nextStop()).reason, 'entry');
    } finally {
      await other.stop();
    }
  });
});

/** Runs a shell's command until it ends; as soon as it has printed something, the key is typed. */
async function typedInto(command: string, key: string): Promise<{ code: number | null; errors: string }> {
  const child = spawn('sh', ['-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (bytes) => (errors += bytes));
  child.stdout.once('data', () => child.stdin.write(key));
  try {
    const [code] = await once(child, 'exit');
    return { code, errors };
  } finally {
    child.kill();
  }
}
