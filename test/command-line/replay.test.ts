import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freezeframe, root } from './freezeframe';

const sample = join(root, 'extension/sample');

describe('a what-if, recorded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-replay-'));
  const path = (name: string): string => join(folder, name);
  after(() => rmSync(folder, { recursive: true }));

  const recorded = async (configuration: string, name: string, ...flags: readonly string[]) =>
    await freezeframe(
      ...['run', sample, configuration, '--snapshot.output', path(`${name}.qemu`)],
      ...['--record', path(name), ...flags],
    );

  it('shows its marks, and refuses one that is no word', async () => {
    const marked = (name: string) =>
      altered('marked.freezeframe', (file) => {
        Object.assign(file, { marks: [{ name, at: { events: 1000, threads: [] }, timeNs: 12_500_000 }] });
      });
    const { code, out } = await freezeframe('replay', marked('here'));
    assert.equal(code, 0);
    assert.match(out, /^Mark here: 12\.5 ms$/m);
    const { code: refused, err } = await freezeframe('replay', marked('../x'));
    assert.equal(refused, 2);
    assert.match(err, /marked\.freezeframe cannot be opened: `marks\.0\.name`: /);
  });

  it('that was written before there were marks in them is the same run', async () => {
    const path = altered('earlier.freezeframe', (file) => delete (file as { marks?: unknown }).marks);
    assert.equal((await freezeframe('replay', path)).code, 0);
  });

  /** The recording with something in it that is otherwise. */
  const altered = (name: string, alter: (file: { images: { bytes?: string }[]; checks: object[] }) => void): string => {
    const file = JSON.parse(readFileSync(path('deadlock.freezeframe'), 'utf8'));
    alter(file);
    writeFileSync(path(name), JSON.stringify(file));
    return path(name);
  };

  before(async () => {
    const { code, err } = await recorded(
      'What if the migration thread itself calls vm_start: deadlock',
      'deadlock.freezeframe',
    );
    assert.equal(code, 1);
    assert.match(err, /Recorded: `freezeframe replay .*deadlock\.freezeframe` makes the same run again\./);
  });

  it('comes to the same deadlock, in a folder with nothing but the recording', async () => {
    const { code, out, err } = await freezeframe('replay', path('deadlock.freezeframe'));
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    assert.match(out, /^The recorded run: all 8 state hashes agree\.$/m);
    assert.match(out, /It ends at [\d.]+ ms: Deadlock: migration waits for itself\nmigration waits for uffd: page 0x/);
  });

  it('names the same leaked pages, and leaves no file', async () => {
    const name = 'What if RAM is not populated before the freeze: new pages leak';
    const { out } = await recorded(name, 'leak.freezeframe', '--ram', '16M', '--snapshot.when', '{"ms":5}');
    const verdict = /Snapshot is wrong.*?more$/ms.exec(out)![0];
    rmSync(path('leak.freezeframe.qemu'));
    const { code, out: again } = await freezeframe('replay', path('leak.freezeframe'));
    assert.equal(code, 0);
    assert.ok(again.includes(`${verdict}\nNo file was kept.`), again);
    assert.match(again, /It ends at [\d.]+ ms: Completed$/m);
    assert.ok(!existsSync(path('leak.freezeframe.qemu')));
  });

  it('that comes to something else says where, and which version had recorded it', async () => {
    const other = altered('other.freezeframe', (file) => {
      Object.assign(file, { freezeframe: '0.0.1' });
      Object.assign(file.checks[3]!, { hash: '0x1' });
    });
    const { code, out } = await freezeframe('replay', other);
    assert.equal(code, 1);
    assert.match(
      out,
      /Not the recorded run\. At [\d.]+ ms, after \d+ events, its state hash is 0x\w{16} and was 0x0{15}1\. It was recorded by Freezeframe 0\.0\.1; this is /,
    );
  });

  it('with another image beside it names that', async () => {
    const beside = altered('beside.freezeframe', ({ images }) => {
      for (const image of images) delete image.bytes;
    });
    const missing = await freezeframe('replay', beside);
    assert.equal(missing.code, 2);
    assert.match(
      missing.err,
      /journal\.img cannot be read: .*no such file.* Put it beside the recording \(SHA-256 \w{64}\)/,
    );
    writeFileSync(path('journal.img'), 'x');
    const another = await freezeframe('replay', beside);
    assert.equal(another.code, 2);
    assert.match(another.err, /journal\.img is another image than .*: its SHA-256 is 2d711642\w+, not \w{64}\./);
    for (const name of ['journal.img', 'journal.elf']) {
      writeFileSync(path(name), readFileSync(join(sample, 'guests', name)));
    }
    assert.equal((await freezeframe('replay', beside)).code, 0);
  });

  it('of another format, or none, is not opened', async () => {
    const later = altered('later.freezeframe', (file) => void Object.assign(file, { version: 2 }));
    const { code, err } = await freezeframe('replay', later);
    assert.equal(code, 2);
    assert.match(
      err,
      /later\.freezeframe cannot be opened: it was written by Freezeframe .* in version 2 of the format/,
    );
    assert.match((await freezeframe('replay', join(sample, 'README.md'))).err, /is not a recording of Freezeframe/);
  });
});
