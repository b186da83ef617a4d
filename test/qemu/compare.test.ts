import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freezeframe, root } from '../command-line/freezeframe';

const sample = join(root, 'extension/sample');

describe('freezeframe compare --with-qemu', () => {
  /** The sample's task, with a smaller guest. */
  const { args } = JSON.parse(readFileSync(join(sample, '.vscode/tasks.json'), 'utf8')).tasks.find(
    ({ label }: { label: string }) => label.startsWith('the same guest in both'),
  ) as { args: string[] };
  const given = args.slice(1).map((arg) => arg.replace('$' + '{workspaceFolder}', sample));
  const smaller = ['--ram', '4M', '--snapshot.when', '{"console":"q to power off"}'];
  /** The guest writes to no others. */
  const workingPageCount = 34;

  it('shows a real QEMU’s snapshot beside those of the guest in here, which wait for the same pages', async () => {
    const { code, out, err } = await freezeframe(...given, ...smaller);
    assert.equal(code, 0, err);
    const row = (name: string): number[] => {
      const [, figures] = new RegExp(`^${name} +(.* ms)$`, 'm').exec(out) ?? assert.fail(out);
      return figures!.match(/[\d.]+/g)!.map(Number);
    };
    const [bytes, pages, zero, again] = row('background-snapshot') as [number, number, number, number];
    const [realBytes, realPages, realZero, realAgain, totalMs, frozenMs] = row('real QEMU');
    assert.deepEqual([realPages, realAgain], [pages, again]);
    // As far as the guest has come to write.
    assert.ok(Math.abs(realZero! - zero) <= workingPageCount, out);
    assert.ok(Math.abs(realBytes! - bytes) <= workingPageCount * 4104 + 8192, out);
    assert.ok(Number.isInteger(totalMs) && Number.isInteger(frozenMs), out);
    const [, common] = /^(\d+) pages are in both/m.exec(out)!;
    assert.ok(Number(common) > workingPageCount / 2 && Number(common) <= workingPageCount, out);
  });

  it('says what it cannot give to QEMU', async () => {
    const { code, err } = await freezeframe(...given, ...smaller, '--virtio', '["rng"]');
    assert.equal(code, 2);
    assert.match(err, /^freezeframe: --with-qemu: .*leave out `virtio`\.$/m);
  });
});
