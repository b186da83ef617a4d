import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { RecordedAdapter, workingSet } from './recorded-adapter';

/** `e_machine` in an ELF header (System V ABI: offset 18, two bytes), and its value for x86-64. */
const machineOffset = 18;
const machineX86 = 62;

describe('a launch over DAP that cannot be', () => {
  let adapter: RecordedAdapter;
  beforeEach(async () => {
    adapter = RecordedAdapter.begun();
    await adapter.initializeRequest();
  });
  afterEach(() => adapter.stop());

  const isRefused = (configuration: object, words: RegExp) =>
    assert.rejects(adapter.customRequest('launch', configuration), { message: words });

  it('says which file cannot be read, and which field names it', async () => {
    await isRefused({ program: join(adapter.folder, 'no-such.elf') }, /no-such\.elf cannot be read.*Check `program`/);
  });

  it('says that an ELF file is for another machine', async () => {
    const bytes = readFileSync(workingSet);
    bytes.writeUInt16LE(machineX86, machineOffset);
    const program = join(adapter.folder, 'other.elf');
    writeFileSync(program, bytes);
    await isRefused({ program }, /other\.elf.*RISC-V/);
  });

  it('says that there is no symbol to begin the snapshot at', async () => {
    const configuration = { program: workingSet, snapshot: { when: { symbol: 'mian' } } };
    await isRefused(configuration, /No image has the symbol "mian"/);
  });

  it('says before the guest runs that the snapshot cannot be written', async () => {
    const output = join(workingSet, 'not-a-folder', 'snapshot.qemu');
    await isRefused({ program: workingSet, snapshot: { output } }, /cannot be written to .*Choose another file/);
  });

  it('names two capabilities that do not go together, and one that nobody knows', async () => {
    const snapshotWith = (...capabilities: string[]) => ({ program: workingSet, snapshot: { capabilities } });
    await isRefused(snapshotWith('background-snapshot', 'xbzrle'), /Background-snapshot is not compatible with xbzrle/);
    await isRefused(snapshotWith('snapshot'), /`snapshot\.capabilities\.0` is "snapshot"; expected one of xbzrle, /);
  });

  it('says what a channel can be', async () => {
    const channel = { bytesPerSecond: 0, stallAt: -1, stalAt: 5 };
    await assert.rejects(
      adapter.customRequest('launch', { program: workingSet, snapshot: { channel } }),
      (error: Error) => {
        assert.match(error.message, /`snapshot\.channel\.bytesPerSecond` is 0; expected more than zero/);
        assert.match(error.message, /`snapshot\.channel\.stallAt` is -1; expected zero or more/);
        assert.match(
          error.message,
          /`snapshot\.channel\.stalAt` is not known; did you mean `snapshot\.channel\.stallAt`/,
        );
        return true;
      },
    );
  });

  it('can be mended in the same session', async () => {
    await isRefused({ program: join(adapter.folder, 'no-such.elf') }, /cannot be read/);
    await adapter.launchRequest({ program: workingSet, stopOnEntry: true } as Dap.LaunchRequestArguments);
    await adapter.configurationDoneRequest();
    assert.equal((await adapter.nextStop()).reason, 'entry');
  });

  it('leaves other requests refused in words', async () => {
    await assert.rejects(adapter.threadsRequest(), { message: /send `launch` first/ });
    await assert.rejects(adapter.customRequest('noSuchRequest'), { message: /Unknown request/ });
  });
});
