import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { freezeframe, workingSet } from '../command-line/freezeframe';
import { RecordedAdapter } from '../dap/recorded-adapter';
import { program, Scratch } from './scratch';

describe('an input of a session', () => {
  let scratch: Scratch;
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    scratch = new Scratch();
    adapter = await RecordedAdapter.started();
    await adapter.initializeRequest();
  });
  afterEach(async () => {
    await adapter.stop();
    scratch.remove();
  });

  const isRefused = (configuration: object, words: RegExp) =>
    assert.rejects(
      adapter.customRequest('launch', { snapshot: { output: scratch.path('x.qemu') }, ...configuration }),
      {
        message: words,
      },
    );

  it('is a regular file: a FIFO, a device or a folder is refused at once, whatever field names it', async () => {
    const fifo = scratch.path('fifo');
    assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
    const words = { [fifo]: 'a FIFO', '/dev/zero': 'a device', [scratch.folder]: 'a folder' };
    for (const [path, kind] of Object.entries(words)) {
      const reason = (field: string) => new RegExp(`it is ${kind}, not a regular file\\. Check \`${field}\``);
      await isRefused({ program: path }, reason('program'));
      await isRefused({ bios: path }, reason('bios'));
      await isRefused({ bios: workingSet, kernel: path }, reason('kernel'));
      await isRefused({ bios: workingSet, kernel: workingSet, initrd: path }, reason('initrd'));
      await isRefused({ program: workingSet, disk: path }, reason('disk'));
      await isRefused({ program: workingSet, symbols: [path] }, reason('symbols'));
      await isRefused({ restore: path }, reason('restore'));
    }
  });

  it('has a size that is known before it is read', async () => {
    const large = openSync(scratch.path('large'), 'w');
    ftruncateSync(large, 2 ** 40);
    closeSync(large);
    await isRefused({ program: scratch.path('large') }, /it has 1099511627776 bytes, and the limit is 1024 MiB/);
  });

  it('is a raw image where it is a disk', async () => {
    for (const [form, magic] of Object.entries({ qcow2: 'QFI\xfb', VMDK: 'KDMV', VHDX: 'vhdxfile' })) {
      const path = scratch.path(`disk.${form}`);
      writeFileSync(path, magic, 'latin1');
      const words = new RegExp(`is a ${form} image, .*\`qemu-img convert -O raw ${path} disk\\.img\``);
      await isRefused({ program: workingSet, disk: path }, words);
    }
  });

  it('that the kernel makes up as it is read is not waited for', async () => {
    await isRefused({ program: '/proc/self/mem' }, /\/proc\/self\/mem/);
  });

  it('of the command line may be a pipe, but no device', async () => {
    const { code, err } = await freezeframe('inspect', '/dev/zero');
    assert.equal(code, 2);
    assert.match(err, /\/dev\/zero cannot be read: it is a device, not a regular file/);
    writeFileSync(scratch.path('short'), 'x');
    const piped = spawnSync('bash', [
      '-c',
      `"$0" "$1" verify <(cat "$2")`,
      process.execPath,
      program,
      scratch.path('short'),
    ]);
    assert.equal(piped.status, 1);
    assert.match(String(piped.stdout), /^WRONG {2}truncated at byte 1: the header/);
  });
});
