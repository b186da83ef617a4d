import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freezeframe, root } from '../command-line/freezeframe';
import { bareMachine } from '../snapshot/harness';

const sample = join(root, 'extension/sample');
const path = join(sample, 'guests/working-set.elf');
const program = { path, bytes: readFileSync(path) };
const ramByteCount = 4 << 20;
const ramBase = 0x8000_0000n;
const pageByteCount = 4096n;

describe('freezeframe compare --with-qemu', () => {
  /** The sample's task, with a smaller guest. */
  const { args } = JSON.parse(readFileSync(join(sample, '.vscode/tasks.json'), 'utf8')).tasks.find(
    ({ label }: { label: string }) => label.startsWith('the same guest in both'),
  ) as { args: string[] };
  const given = args.slice(1).map((arg) => arg.replace('$' + '{workspaceFolder}', sample));
  const smaller = ['--ram', '4M', '--snapshot.when', '{"console":"q to power off"}'];
  /** The guest writes to no others: 32 of its heap, and here two of its image. */
  const workingPageCount = 34;
  const heapPage = (bareMachine({ program, ramByteCount }).symbols.addressOf('image_end')! - ramBase) / pageByteCount;
  const heapPages = (BigInt(ramByteCount) / pageByteCount - heapPage) / 32n;
  const isWorking = (page: bigint) => page < heapPage || (page - heapPage) % heapPages === 0n;

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
    const waited = (name: string): number => Number(new RegExp(`^${name}: (\\d+) writes waited`, 'm').exec(out)?.[1]);
    assert.equal(waited('background-snapshot'), workingPageCount);
    // Which of them the scan has come to first is the host's scheduler's to say; and which of its image are in both, the instant's.
    const [, common] = /^(\d+) pages are in both/m.exec(out)!;
    const others = waited('real QEMU, held at each page') - Number(common);
    assert.ok(Number(common) > 0 && others >= 0 && others <= heapPage, out);
    const [, first] = /^first pages of RAM written to, real QEMU: ((?:0x[0-9a-f]+ )+)/m.exec(out)!;
    assert.deepEqual(
      first!
        .trim()
        .split(' ')
        .map(BigInt)
        .filter((page) => !isWorking(page)),
      [],
      out,
    );
  });

  it('says what it cannot give to QEMU', async () => {
    const { code, err } = await freezeframe(...given, ...smaller, '--virtio', '["rng"]');
    assert.equal(code, 2);
    assert.match(err, /^freezeframe: --with-qemu: .*leave out `virtio`\.$/m);
  });
});
