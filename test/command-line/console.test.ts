import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freezeframe, type Outcome, root, workingSet } from './freezeframe';

const program = join(root, 'dist/freezeframe.js');
const greeting = 'working-set: rewriting 32 of 512 pages of RAM; type to see an echo, q to power off';

describe("a guest's console on the command line", () => {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-console-'));
  const path = (name: string): string => join(folder, name);
  const run = (name: string, when: object, ...flags: readonly string[]): string[] => [
    ...['run', '--program', workingSet, '--ram', '2M', '--snapshot.output', path(name)],
    ...['--snapshot.when', JSON.stringify(when), ...flags],
  ];
  const never = { console: 'login:' };

  before(async () => {
    if (!existsSync('/usr/bin/script')) assert.fail('util-linux’s `script` is missing');
    assert.equal((await freezeframe(...run('running.qemu', { ms: 5 }))).code, 0);
    // wfi; j -4
    writeFileSync(path('sleeper.bin'), Buffer.from('730050106ff0dfff', 'hex'));
    writeFileSync(path('paused.qemu'), savedAs('paused', readFileSync(path('running.qemu'))));
  });
  after(() => rmSync(folder, { recursive: true }));

  describe('in a run', () => {
    it('is shown line by line among the phases', async () => {
      const { code, out, err } = await freezeframe(...run('lines.qemu', { ms: 20 }));
      assert.deepEqual({ code, err }, { code: 0, err: '' });
      assert.match(out, new RegExp(`^ {9}guest {2}${greeting}\\n +20\\.\\d+ ms {2}Setup`, 'm'));
    });

    it('shows a guest that ends instead of coming to its snapshot, and what it said last', async () => {
      writeFileSync(path('keys'), 'abcq');
      const { code, out } = await freezeframe(...run('ended.qemu', never, '--input', path('keys')));
      assert.equal(code, 1);
      assert.match(out, /^ {9}guest {2}abc\n {9}guest {2}power off\n.*the guest ended with exit code 0/m);
      assert.ok(!existsSync(path('ended.qemu')));
    });

    it('takes what is typed from a pipe where it is asked to', () => {
      const [node, ...args] = [process.execPath, program, ...run('piped.qemu', never), '--input', '-'];
      const { status, stdout } = spawnSync(node!, args, { input: 'xq', encoding: 'utf8', timeout: 240_000 });
      assert.equal(status, 1);
      assert.match(stdout, /^ {9}guest {2}x\n {9}guest {2}power off$/m);
    });

    it('has nothing in it that a terminal would obey or that looks like a line of ours', async () => {
      writeFileSync(path('evil'), '\x1b[2J\x1b]0;title\x07\r   20.0000 ms  Completed\rq');
      const { out } = await freezeframe(...run('evil.qemu', never, '--input', path('evil')));
      assert.match(out, /^ {9}guest {5}20\.0000 ms {2}Completed$/m);
      assert.doesNotMatch(out, /[^\n -~…×’]/);
      assert.doesNotMatch(out, /^ +20\.0000 ms/m);
    });
  });

  describe('a wait for an instant that does not come', () => {
    it('ends with 3 and says for what, when the timeout is reached in virtual time', async () => {
      const { code, out } = await freezeframe(...run('late.qemu', never, '--timeout', '30ms'));
      assert.equal(code, 3);
      assert.match(out, /^Timed out after 30 ms of virtual time, still waiting for the console to say "login:"\./m);
      assert.ok(out.includes(greeting));
      assert.ok(!existsSync(path('late.qemu')));
    });

    it('is as long as it was said to be, in virtual time', async () => {
      const outAfter = async (timeout: string): Promise<string> =>
        (await freezeframe(...run('late.qemu', { ms: 30 }, '--timeout', timeout))).out;
      assert.match(
        await outAfter('29.999ms'),
        /^Timed out after 29\.999 ms .*, still waiting for 30 ms of virtual time\./m,
      );
      assert.match(await outAfter('0.031s'), /^Timed out after 31 ms of virtual time, with \d+ of 512 pages saved\./m);
      assert.match(
        (await freezeframe('restore', path('running.qemu'), '--timeout', '20')).err,
        /still running after 20 ms of/,
      );
    });

    it('ends a snapshot that does not get on, too', async () => {
      const { code, out } = await freezeframe(
        ...run('stalled.qemu', { ms: 5 }, '--snapshot.channel.stallAt', '300000', '--timeout', '60ms'),
      );
      assert.equal(code, 3);
      assert.match(
        out,
        /^Timed out after 60 ms of virtual time, with \d+ of 512 pages saved\. No snapshot was written\.$/m,
      );
      assert.ok(!existsSync(path('stalled.qemu')));
    });

    it('shows on a terminal how late it is and what the guest said last', async () => {
      const { out } = await typed(run('shown.qemu', never), [['s: waiting for ', '\x01x']]);
      assert.match(out, /\r[\d.]+ m?s: waiting for the console to say "login:" {2}(working-set: rew|round \d+ after)/);
    });

    it('ends in a restored guest that sleeps for ever, too', async () => {
      assert.equal((await freezeframe(...run('asleep.qemu', { ms: 1 }, '--program', path('sleeper.bin')))).code, 0);
      const { code, err } = await freezeframe('restore', path('asleep.qemu'));
      assert.equal(code, 0);
      assert.match(err, /^The guest has been asleep since [\d.]+ ms of virtual time, and no input is left to wake it/m);
    });

    it('shows on a terminal how many pages are saved', async () => {
      const stalled = run('shown.qemu', { ms: 5 }, '--snapshot.channel.stallAt', '300000');
      const { out } = await typed(stalled, [['pages saved [', '\x01x']]);
      assert.match(out, /\rpages saved \[#+ +\] +\d+ %/);
      assert.match(out, /Ended by Ctrl-A X, with \d+ of 512 pages saved\. No snapshot was written\./);
    });

    it('is refused where nobody gives the command that it waits for', async () => {
      const { code, err } = await freezeframe('run', '--program', workingSet, '--snapshot.output', path('none.qemu'));
      assert.equal(code, 2);
      assert.match(err, /`snapshot\.when` is "command", and `run` takes none\. Give an instant, such as/);
    });

    it('ends where the guest sleeps for ever and nobody can type', async () => {
      const { code, out } = await freezeframe(...run('sleeper.qemu', never, '--program', path('sleeper.bin')));
      assert.equal(code, 1);
      assert.match(
        out,
        /^The guest sleeps, still waiting for the console to say "login:", and no input is left to wake it/m,
      );
    });

    it('says what a time looks like', async () => {
      const { code, err } = await freezeframe(...run('none.qemu', never, '--timeout', 'soon'));
      assert.equal(code, 2);
      assert.match(err, /--timeout soon is no time: expected one like 500ms or 2s\./);
    });
  });

  describe('of a terminal', () => {
    it('gets the keys one by one in a run, and Ctrl-A X ends it', async () => {
      const { code, out } = await typed(run('typed.qemu', never), [
        ['Ctrl-A X quits', 'hi\r'],
        [' guest  hi', '\x01x'],
      ]);
      assert.equal(code, 1);
      assert.match(out, /Ended by Ctrl-A X, still waiting for the console to say "login:"\. No snapshot was written\./);
    });

    it('gets them in a restored guest, whose console is shown as it is', async () => {
      const { code, out } = await typed(
        ['restore', path('running.qemu')],
        [
          ['Ctrl-A X quits', '\x03?'],
          ['?', 'q'],
        ],
      );
      assert.equal(code, 0);
      // Where keys come late, the guest has more to say.
      assert.match(out, /\?(round \d+ after \d+ s\r+\n)*\r+\npower off\r+\n.*The guest ended with exit code 0\./s);
    });
  });

  describe('of a machine that was saved while paused', () => {
    it('is not waited for: the command says how to let it go on', async () => {
      const { code, err } = await freezeframe('restore', path('paused.qemu'));
      assert.equal(code, 2);
      assert.match(err, /paused\.qemu was saved while paused: resume it with `--cont`\.$/m);
    });

    it('is not waited for in a run either', async () => {
      const flags = ['--restore', path('paused.qemu'), '--snapshot.output', path('never.qemu')];
      const { code, out } = await freezeframe('run', ...flags, '--snapshot.when', JSON.stringify(never));
      assert.equal(code, 1);
      assert.match(out, /^The machine is paused: resume it with `--cont`\.$/m);
    });

    it('goes on with --cont', async () => {
      writeFileSync(path('q'), 'goq');
      const { code, out, err } = await freezeframe('restore', path('paused.qemu'), '--cont', '--input', path('q'));
      assert.equal(code, 0);
      assert.equal(out.replaceAll('\r', ''), 'go\npower off\n');
      assert.match(err, /It was paused: .*`--cont`.*\nThe guest ended with exit code 0\.\n$/s);
    });

    it('goes on to the next snapshot with --cont', async () => {
      const flags = ['--restore', path('paused.qemu'), '--snapshot.output', path('next.qemu')];
      const again = ['run', ...flags, '--snapshot.when', '{"ms":20}'];
      assert.equal((await freezeframe(...again, '--cont')).code, 0);
      assert.match((await freezeframe('inspect', path('next.qemu'), '--device', 'globalstate')).out, /"running"/);
      assert.equal((await freezeframe(...again)).code, 0);
      assert.match((await freezeframe('inspect', path('next.qemu'), '--device', 'globalstate')).out, /"paused"/);
    });
  });
});

/** The stream as of a machine whose run state was another: a length and a text in a field of 100 bytes. */
function savedAs(state: string, stream: Buffer): Buffer {
  const field = (text: string): Buffer => {
    const bytes = Buffer.alloc(104);
    bytes.writeUInt32BE(text.length + 1);
    bytes.write(text, 4);
    return bytes;
  };
  const changed = Buffer.from(stream);
  const at = changed.indexOf(field('running'));
  assert.ok(at > 0);
  field(state).copy(changed, at);
  return changed;
}

/** Runs it on a terminal; types each text when what stands before it has appeared. */
function typed(args: readonly string[], keys: readonly (readonly [awaited: string, text: string])[]): Promise<Outcome> {
  const command = [process.execPath, program, ...args].map((arg) => `'${arg}'`).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], { timeout: 240_000 });
  child.on('error', () => assert.fail('util-linux’s `script` is missing: install the package bsdutils'));
  let out = '';
  let seen = 0;
  const left = [...keys];
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    out += text;
    for (let [next] = left; next && out.indexOf(next[0], seen) >= 0; [next] = left) {
      seen = out.length;
      child.stdin.write(next[1]);
      left.shift();
    }
  });
  return new Promise((done) => child.on('close', (code) => done({ code, out, err: '' })));
}
