import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSnapshot } from '../stream/naive-reader';
import { freezeframe, freezeframeProcess, freezeframeUnread, type Outcome, root, workingSet } from './freezeframe';

interface Inspection {
  readonly byteCount: number;
  readonly blocks: readonly {
    name: string;
    pages: number;
    normal: number;
    zero: number;
    sentAgain: number;
    missing: number;
  }[];
  readonly sections: readonly { name: string; offset: number; byteCount: number }[];
  readonly devices: readonly { name: string; state: { fields: readonly { name: string; value: unknown }[] } }[];
  readonly faults: readonly { kind: string; offset: number }[];
}

describe('freezeframe', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-cli-'));
  const path = (name: string): string => join(folder, name);
  const take = async (name: string, ms: number) =>
    await freezeframe(
      'run',
      '--program',
      workingSet,
      '--ram',
      '4M',
      '--snapshot.output',
      path(name),
      '--snapshot.when',
      `{"ms":${ms}}`,
    );
  const inspection = async (name: string): Promise<Inspection> =>
    JSON.parse((await freezeframe('inspect', path(name), '--json')).out);

  before(async () => {
    assert.equal((await take('a.qemu', 5)).code, 0);
    assert.equal((await take('b.qemu', 6)).code, 0);
  });
  after(() => rmSync(folder, { recursive: true }));

  describe('without a command that it knows', () => {
    it('lists its commands, and ends with 2 unless help was asked for', () => {
      const { code, out } = freezeframeProcess('--help');
      assert.equal(code, 0);
      for (const name of ['run', 'inspect', 'diff', 'verify']) assert.match(out, new RegExp(`^ {2}${name} `, 'm'));
      assert.equal(freezeframeProcess().code, 2);
    });

    it('names the commands that there are', async () => {
      const { code, err } = await freezeframe('inspcet', 'x');
      assert.equal(code, 2);
      assert.match(err, /Unknown command: `inspcet`.*run, replay, inspect/);
    });
  });

  for (const name of ['run', 'replay', 'inspect', 'diff', 'verify', 'restore', 'compare']) {
    it(`shows the options and examples of ${name}`, async () => {
      const { code, out } = await freezeframe(name, '--help');
      assert.equal(code, 0);
      assert.match(out, new RegExp(`Usage: freezeframe ${name} `));
      assert.match(out, new RegExp(`Examples:\n {2}freezeframe ${name} `));
    });

    it(`refuses a flag that ${name} has not, and says where the flags are listed`, async () => {
      const { code, err } = await freezeframe(name, '--no-such-flag');
      assert.equal(code, 2);
      assert.match(err, new RegExp(`no-such-flag[^]*freezeframe ${name} --help`));
    });
  }

  describe('run', () => {
    it('prints every phase and writes the snapshot', async () => {
      const { code, out, err } = await take('c.qemu', 5);
      assert.deepEqual({ code, err }, { code: 0, err: '' });
      for (const phase of ['Setup', 'State stash', 'WP arm', 'vm_start bottom half', 'Completed']) {
        assert.match(out, new RegExp(` ms {2}${phase}`));
      }
      assert.deepEqual(readFileSync(path('c.qemu')), readFileSync(path('a.qemu')));
    });

    it('takes a configuration of a launch.json by its name, and flags over it', async () => {
      const sample = join(root, 'extension/sample');
      const name = 'Sweep: every page of RAM, written in order';
      const { code, out } = await freezeframe(
        'run',
        sample,
        name,
        '--ram',
        '2M',
        '--snapshot.output',
        path('sweep.qemu'),
      );
      assert.equal(code, 0);
      assert.match(out, /^sweep.elf with 512 pages/);
      assert.match((await freezeframe('run', sample, 'Swoop')).err, /no configuration "Swoop".*"Sweep: every page/);
    });

    it('says which field is wrong and ends with 2', async () => {
      const { code, err } = await freezeframe('run', '--program', workingSet, '--ram', 'much');
      assert.equal(code, 2);
      assert.match(err, /`ram` is "much"; expected/);
    });

    it('says what to do with a program that no flag is before, and which flag is meant', async () => {
      const program = await freezeframe('run', workingSet);
      assert.equal(program.code, 2);
      assert.match(program.err, /working-set\.elf is a program: pass it with --program, --bios or --kernel\./);
      assert.match(
        (await freezeframe('run', '--output', 'x')).err,
        /There is no flag --output; did you mean --snapshot\.output\?/,
      );
      assert.match((await freezeframe('run', '--progam', 'x')).err, /no flag --progam; did you mean --program\?/);
    });

    it('ends with 1 when the snapshot is wrong', async () => {
      const { code, out } = await freezeframe(
        ...['run', '--program', workingSet, '--ram', '4M', '--snapshot.output', path('leak.qemu')],
        ...['--snapshot.when', 'start', '--whatIf.populate', 'false'],
      );
      assert.equal(code, 1);
      assert.match(out, /Snapshot is wrong/);
    });

    it('leaves no half-written file when its reader goes away', async () => {
      const { code, err } = await freezeframeUnread(
        ...['run', '--program', workingSet, '--ram', '64M', '--snapshot.output', path('unread.qemu')],
        ...['--snapshot.when', '{"ms":20}'],
      );
      assert.deepEqual({ code, err }, { code: 141, err: '' });
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith('unread')),
        [],
      );
    });
  });

  describe('inspect', () => {
    it('lists the pages, sections and devices that another reader finds', async () => {
      const naive = readSnapshot(readFileSync(path('a.qemu')));
      const found = await inspection('a.qemu');
      assert.equal(found.byteCount, readFileSync(path('a.qemu')).length);
      assert.deepEqual(
        found.blocks.map(({ name, pages, sentAgain, missing }) => ({ name, pages, sentAgain, missing })),
        [...naive.blocks].map(([name, { timesSent }]) => ({ name, pages: timesSent.length, sentAgain: 0, missing: 0 })),
      );
      for (const [name, { bytes }] of naive.blocks) {
        let zero = 0;
        for (let at = 0; at < bytes.length; at += 4096)
          if (bytes.subarray(at, at + 4096).every((byte) => byte === 0)) zero++;
        const block = found.blocks.find((candidate) => candidate.name === name)!;
        assert.deepEqual({ zero: block.zero, normal: block.normal }, { zero, normal: block.pages - zero });
      }
      assert.deepEqual(
        found.devices.map(({ name }) => name),
        naive.devices.map(({ name }) => name),
      );
      let end = found.sections[0]!.offset;
      for (const { offset, byteCount } of found.sections) {
        assert.equal(offset, end);
        end = offset + byteCount;
      }
      assert.deepEqual(found.faults, []);
    });

    it('prints the fields of one device', async () => {
      const { code, out } = await freezeframe('inspect', path('a.qemu'), '--device', 'globalstate');
      assert.equal(code, 0);
      assert.match(out, /^device globalstate 0, version 1, 104 bytes at \d+\n {2}size +8\n {2}runstate +"running"\n$/);
      assert.equal((await freezeframe('inspect', path('a.qemu'), '--device', 'floppy')).code, 1);
    });

    it('lists a stream that was cut off as far as it goes, with the place where it ends', async () => {
      copyFileSync(path('a.qemu'), path('cut.qemu'));
      truncateSync(path('cut.qemu'), 100_000);
      const { code, out } = await freezeframe('inspect', path('cut.qemu'));
      assert.equal(code, 1);
      assert.match(out, /truncated at byte 100000/);
      assert.match(out, /^riscv_virt_board.ram +4194304 +1024 /m);
    });

    it('says what to do about a file that is not there or is a folder', async () => {
      assert.match((await freezeframe('inspect', path('none'))).err, /none cannot be read: ENOENT/);
      const { code, err } = await freezeframe('inspect', folder);
      assert.equal(code, 2);
      assert.match(err, /cannot be read: it is a folder, not a regular file/);
    });

    it('ends quietly when its reader goes away', async () => {
      const { err } = await freezeframeUnread('inspect', path('a.qemu'));
      assert.equal(err, '');
    });
  });

  describe('verify', () => {
    it('finds a snapshot of ours whole, each page once', async () => {
      const { code, out, err } = await freezeframe('verify', '--once', path('a.qemu'));
      assert.deepEqual({ code, err }, { code: 0, err: '' });
      assert.match(out, /all 1024 pages \(\d+ zero\), each once/);
      assert.match(out, /is whole\.\n$/);
    });

    it('finds a stream cut off anywhere not whole', async () => {
      const whole = readFileSync(path('a.qemu'));
      const descriptionOffset = (await inspection('a.qemu')).sections.at(-1)!.offset;
      for (const length of [0, 5, 20, 1000, whole.length >> 1, descriptionOffset, whole.length - 1]) {
        writeFileSync(path('cut.qemu'), whole.subarray(0, length));
        const { code, out } = await freezeframe('verify', path('cut.qemu'));
        assert.equal(code, 1, `${length} bytes`);
        assert.match(out, /^WRONG .*at byte \d+/m);
      }
    });

    it('names the pages that are missing', async () => {
      const whole = readFileSync(path('a.qemu'));
      writeFileSync(path('missing.qemu'), Buffer.concat(withoutFirstPage(whole)));
      const { code, out } = await freezeframe('verify', path('missing.qemu'));
      assert.equal(code, 1);
      assert.match(out, /RAM block riscv_virt_board.ram: 1 of 1024 pages are missing: 0x1\n/);
    });
  });

  describe('diff', () => {
    it('finds a file the same as itself', async () => {
      assert.deepEqual(await freezeframe('diff', path('a.qemu'), path('a.qemu')), {
        code: 0,
        out: 'The same machine: pages and device fields are equal.\n',
        err: '',
      });
    });

    it('names the pages and the fields that differ, as another reader sees them', async () => {
      const [a, b] = ['a.qemu', 'b.qemu'].map((name) => readSnapshot(readFileSync(path(name))).blocks);
      const block = 'riscv_virt_board.ram';
      const pages: number[] = [];
      for (let page = 0; page < 1024; page++) {
        const [one, other] = [a, b].map((blocks) => blocks!.get(block)!.bytes.subarray(4096 * page, 4096 * (page + 1)));
        if (Buffer.compare(one!, other!) !== 0) pages.push(page);
      }
      assert.ok(pages.length > 0);
      const { code, out } = await freezeframe('diff', path('a.qemu'), path('b.qemu'), '--json');
      assert.equal(code, 1);
      const { blocks, devices } = JSON.parse(out) as {
        blocks: { block: string; runs: { first: number; count: number }[] }[];
        devices: { device: string; fields: { path: string; a: string; b: string }[] }[];
      };
      assert.deepEqual(
        blocks.map(({ block, runs }) => [
          block,
          runs.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i)),
        ]),
        [[block, pages]],
      );
      const timer = devices.find(({ device }) => device === 'timer')!;
      assert.deepEqual(
        timer.fields.map(({ path }) => path),
        ['cpu_ticks_offset', 'cpu_clock_offset'],
      );
      const text = (await freezeframe('diff', path('a.qemu'), path('b.qemu'))).out;
      assert.match(text, /^device timer 0: cpu_clock_offset: 0x[0-9a-f]+ \| 0x[0-9a-f]+$/m);
    });

    it('ends with 2 for a file that is not whole, and says which', async () => {
      writeFileSync(path('cut.qemu'), readFileSync(path('a.qemu')).subarray(0, 5000));
      const { code, err } = await freezeframe('diff', path('a.qemu'), path('cut.qemu'));
      assert.equal(code, 2);
      assert.match(err, /cut\.qemu cannot be compared, as it is not whole: .*freezeframe verify/);
    });
  });

  describe('compare', () => {
    it('takes the snapshot in each way from the same instant: write tracking sends no page twice', async () => {
      const guest = ['--program', workingSet, '--ram', '4M', '--snapshot.when', '{"ms":5}'];
      const { code, out } = await freezeframe('compare', ...guest, '--json');
      assert.equal(code, 0);
      const ways = JSON.parse(out) as { algorithm: string; isComplete: boolean; duplicateCount: number }[];
      assert.deepEqual(
        ways.map(({ algorithm, isComplete, duplicateCount }) => [algorithm, isComplete, duplicateCount > 0]),
        [
          ['background-snapshot', true, false],
          ['track-writes-ram', true, false],
          ['precopy', true, true],
        ],
      );
    });

    it('ends with 2 without an instant to begin at', async () => {
      const { code, err } = await freezeframe('compare', '--program', workingSet);
      assert.equal(code, 2);
      assert.match(err, /an instant in `snapshot.when`/);
    });
  });

  /** In a folder of the test's own. */
  const shell = (command: string): Outcome => {
    const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        FREEZEFRAME: `${process.execPath} ${join(root, 'dist/freezeframe.js')}`,
        TMPDIR: folder,
      },
      timeout: 240_000,
    });
    return { code: status, out: stdout, err: stderr };
  };

  describe('restore', () => {
    it('goes on from a snapshot for as long as it is told, and says from where and until when', async () => {
      const { code, err } = await freezeframe('restore', path('a.qemu'), '--ms', '30');
      assert.match(
        err,
        /^Restored from .*a\.qemu: 1 hart, 4 MiB of RAM, virtual time 5\.\d+ ms\.\nStopped after 3\d\.\d+ ms/,
      );
      assert.equal(code, 0);
    });

    it('goes on from a file of the name that `run` gives one', () => {
      writeFileSync(path('snapshot.qemu'), readFileSync(path('a.qemu')));
      const { code, err } = shell('$FREEZEFRAME restore snapshot.qemu --ms 10');
      assert.match(err, /^Restored from snapshot\.qemu/);
      assert.equal(code, 0);
    });

    it('lets a restored guest be snapshotted again, by `run`', async () => {
      const { code, out } = await freezeframe(
        ...['run', '--restore', path('a.qemu'), '--snapshot.output', path('again.qemu')],
        ...['--snapshot.when', '{"ms":10}'],
      );
      assert.equal(code, 0);
      assert.match(out, /Restored from .*Snapshot written to/s);
      assert.equal((await freezeframe('verify', '--once', path('again.qemu'))).code, 0);
    });

    it('ends with 2 for a file that cannot be restored, and says why', async () => {
      writeFileSync(path('cut.qemu'), readFileSync(path('a.qemu')).subarray(0, 5000));
      const { code, err } = await freezeframe('restore', path('cut.qemu'));
      assert.equal(code, 2);
      assert.match(err, /cut\.qemu/);
      assert.match((await freezeframe('restore', path('a.qemu'), '--ms', 'soon')).err, /--ms soon is not a number/);
    });
  });

  describe('a stream that comes through a pipe', () => {
    const isLeft = (): boolean => readdirSync(folder).some((name) => name.startsWith('freezeframe-'));

    it('is inspected, verified, compared and restored as the file is, and leaves nothing behind', async () => {
      assert.equal(
        shell('gzip -c a.qemu | gunzip | $FREEZEFRAME inspect - --json').out,
        (await freezeframe('inspect', path('a.qemu'), '--json')).out,
      );
      assert.match(shell('cat a.qemu | $FREEZEFRAME verify -').out, /^- is whole\.$/m);
      assert.equal(shell('$FREEZEFRAME diff a.qemu <(cat a.qemu)').code, 0);
      assert.equal(shell('cat b.qemu | $FREEZEFRAME diff a.qemu -').code, 1);
      assert.match(shell('cat a.qemu | $FREEZEFRAME restore - --ms 1').err, /Restored from -: 1 hart/);
      assert.ok(!isLeft());
    });

    it('that ends early is read as far as it goes, and one with nothing in it is no stream', () => {
      const { code, out } = shell('head -c 100000 a.qemu | $FREEZEFRAME inspect -');
      assert.equal(code, 1);
      assert.match(out, /truncated at byte 100000/);
      assert.equal(shell(': | $FREEZEFRAME verify -').code, 1);
      assert.equal(shell(': | $FREEZEFRAME restore -').code, 2);
    });

    it('can be read once: not for both sides of a diff', () => {
      const { code, err } = shell('cat a.qemu | $FREEZEFRAME diff - -');
      assert.equal(code, 2);
      assert.match(err, /Standard input can be read once: name a file/);
    });

    it('is gone when the command is ended while it waits for more', () => {
      assert.equal(shell('(cat a.qemu; sleep 2) | timeout -s INT 1 $FREEZEFRAME inspect -').code, 124);
      assert.ok(!isLeft());
    });
  });

  describe("somebody else's names", () => {
    const forged = (name: string, change: (text: string) => string): string => {
      const stream = readFileSync(path('a.qemu'));
      const start = stream.lastIndexOf('{"page_size"');
      const text = Buffer.from(change(stream.subarray(start).toString()));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      writeFileSync(path(name), Buffer.concat([stream.subarray(0, start - 4), length, text]));
      return path(name);
    };
    const isPlain = (text: string): boolean => !/[^\n -~…×’|]/.test(text);

    it('of fields and devices are refused, and shown as JSON spells them', async () => {
      const field = forged('field.qemu', (text) => text.replace('"tick_offset"', '"tick\\u001b[31m\\u009boffset"'));
      const { code, out } = await freezeframe('verify', field);
      assert.equal(code, 1);
      assert.match(out, /^WRONG .*a field name: expected printable ASCII, found "tick\\u001b\[31m\\u009boffset"/m);
      assert.ok(isPlain(out), out);
      const device = forged('device.qemu', (text) => text.replace('"timer"', '"\\rok     forged\\n"'));
      for (const command of ['verify', 'inspect', 'restore']) {
        const { out, err } = await freezeframe(command, device);
        assert.ok(isPlain(out) && isPlain(err), out + err);
        assert.doesNotMatch(out + err, /^ok +forged/m);
      }
    });

    it('of files cannot look like a line of ours', async () => {
      copyFileSync(path('a.qemu'), path('x\nok     forged\u001b[2J'));
      const { out } = await freezeframe('verify', path('x\nok     forged\u001b[2J'));
      assert.match(out, /x\\u000aok {5}forged\\u001b\[2J is whole\.$/m);
      assert.ok(isPlain(out));
    });
  });
});

/** The stream without the record of page 1, which is a CONTINUE record of a normal page behind page 0's. */
function withoutFirstPage(stream: Buffer): [Buffer, Buffer] {
  const record = Buffer.from([0, 0, 0, 0, 0, 0, 0x10, 0x28]);
  const at = stream.indexOf(record);
  assert.ok(at > 0);
  return [stream.subarray(0, at), stream.subarray(at + 8 + 4096)];
}
