import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMachine } from '../../debug-adapter/emulator/machine/create-machine';
import { firmwarePaths, requirePart } from '../../tools/parts.mjs';
import { Console, coreModule, image } from '../boot/console';
import { QemuConsole } from '../boot/qemu-console';
import { freezeframe, workingSet } from '../command-line/freezeframe';

const bankByteCount = 32 << 20;
const end = 'end of flash';

describe('a firmware in flash', () => {
  let folder: string;
  const path = (name: string): string => join(folder, name);
  /** A bank with the program at its start. */
  const assembled = (name: string, isNextStage: boolean): string => {
    const flags = ['-march=rv64imac_zicsr', '-mabi=lp64', '-nostdlib', '-static', '-Ttext=0'];
    const [elf, flat] = [path(`${name}.elf`), path(`${name}.flat`)];
    const source = join(__dirname, 'flash-program.s');
    execFileSync(requirePart('gcc'), [...flags, `-Wa,--defsym,NEXT_STAGE=${isNextStage ? 1 : 0}`, '-o', elf, source]);
    execFileSync(requirePart('binutils', 'riscv64-unknown-elf-objcopy'), ['-O', 'binary', elf, flat]);
    return bank(name, readFileSync(flat));
  };
  const bank = (name: string, start: Uint8Array): string => {
    const bytes = Buffer.alloc(bankByteCount, 0xff);
    bytes.set(start);
    bytes.write('the end.', bankByteCount - 8);
    writeFileSync(path(name), bytes);
    return path(name);
  };
  const drive = (unit: number, file: string): string[] => {
    return ['-drive', `if=pflash,unit=${unit},format=raw,snapshot=on,file=${file}`];
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-flash-'));
    assembled('first', false);
    assembled('next', true);
    bank('data', Buffer.from('0123456789abcdef'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const inQemu = async (args: string[]): Promise<string> => {
    const qemu = new QemuConsole(['-m', '64', ...args]);
    try {
      return await qemu.until(end);
    } finally {
      qemu.dispose();
    }
  };

  it('starts in the first bank, reads, programs and erases the second, and prints what it does in QEMU', async () => {
    const guest = new Console({ flash: [image(path('first')), image(path('data'))] });
    const text = guest.runUntil(end);
    assert.equal(text, await inQemu(['-bios', 'none', ...drive(0, path('first')), ...drive(1, path('data'))]));
    const words = text.slice('flash: '.length, -end.length).trim().split(' ');
    const asNumber = (characters: string) => Buffer.from(characters).reverse().toString('hex');
    assert.deepEqual(words, [
      words[0]!,
      '0000000000000000',
      '00000000edfe0dd0',
      asNumber('01234567'),
      '0000000000800080',
      `${asNumber('cdef')}12345678`,
      'ffffffffffffffff',
      asNumber('the end.'),
    ]);
    assert.match(words[0]!, /^00000000200000[0-9a-f]{2}$/);
  });

  it('has the reset vector of QEMU, whichever banks there are', async () => {
    const program = image(workingSet);
    const entries = (options: object) => {
      const machine = createMachine(coreModule(), {
        hartCount: 1,
        ramByteCount: 64 << 20,
        nsPerInstruction: 10,
        ...options,
      });
      const { bytes } = machine.ramBlocks.find(({ name }) => name === 'riscv_virt_board.mrom')!;
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      return [view.getBigUint64(0x18, true), view.getBigUint64(0x38, true)].map((address) => address.toString(16));
    };
    const [first, data] = [image(path('first')), image(path('data'))];
    // The word at 0x1018 is where harts start, that at 0x1038 what OpenSBI starts: QEMU 7.2's, read with its monitor's `xp`.
    assert.deepEqual(entries({ flash: [first] }), ['20000000', '0']);
    assert.deepEqual(entries({ flash: [first, data] }), ['20000000', '22000000']);
    assert.deepEqual(entries({ program, flash: [undefined, data] }), ['80000000', '22000000']);
    assert.deepEqual(entries({ program }), ['80000000', '0']);
    // As since 8.1.
    assert.deepEqual(entries({ program, flash: [first] }), ['80000000', '20000000']);
  });

  it('is started by OpenSBI in S-mode, from the second bank as in QEMU 7.2, from the first as since 8.1', async () => {
    const bios = firmwarePaths().dynamic;
    const printed = (text: string): string => text.slice(text.lastIndexOf('flash: ')).replaceAll('\r', '');
    const second = new Console({ bios: image(bios), flash: [undefined, image(path('next'))] });
    assert.equal(printed(second.runUntil(end)), printed(await inQemu(['-bios', bios, ...drive(1, path('next'))])));
    const first = new Console({ bios: image(bios), flash: [image(path('next')), image(path('data'))] });
    first.runUntil(end);
    assert.match(printed(first.text), /^flash: 00000000200000[0-9a-f]{2} 0{16} 00000000edfe0dd0 3736353433323130 /);
  });

  it('is taken by a launch, snapshotted, and its files never change', async () => {
    const files = ['first', 'data'].map((name) => readFileSync(path(name)));
    const flags = [
      '--pflash',
      JSON.stringify(['first', 'data'].map(path)),
      '--ram',
      '2M',
      '--snapshot.when',
      '"start"',
    ];
    const { code, out } = await freezeframe('run', ...flags, '--snapshot.output', path('flash.qemu'));
    assert.equal(code, 0, out);
    assert.match(out, /^first with 512 pages/);
    const { blocks } = JSON.parse((await freezeframe('inspect', path('flash.qemu'), '--json')).out);
    const { normal, zero } = blocks.find(({ name }: { name: string }) => name === 'virt.flash1');
    assert.deepEqual([normal, zero], [bankByteCount / 4096, 0]);
    const restored = await freezeframe('restore', path('flash.qemu'));
    assert.equal(restored.code, 0);
    assert.ok(restored.out.trim().endsWith(end), restored.out);
    for (const [index, name] of ['first', 'data'].entries()) assert.ok(files[index]!.equals(readFileSync(path(name))));
  });

  it('is refused unless its image is as long as its bank, as in QEMU, and where something else says what starts', async () => {
    writeFileSync(path('short'), Buffer.alloc(8 << 20));
    const refused = async (flags: string[], words: RegExp): Promise<void> => {
      const common = ['--snapshot.output', path('none.qemu'), '--snapshot.when', '"start"', '--ram', '2M'];
      const { code, err } = await freezeframe('run', ...common, ...flags);
      assert.equal(code, 2);
      assert.match(err, words);
    };
    const flash = (...banks: unknown[]): string[] => ['--pflash', JSON.stringify(banks)];
    await refused(flash(path('short')), /short has 8388608 bytes; a flash image has 33554432\..*`truncate -s 32M`/);
    await refused(flash(path('none')), /none cannot be read: .* Check `pflash`/);
    await refused(flash(null, path('data')), /`program` is missing.*`pflash`/);
    await refused(flash(), /`pflash` is \[\]; expected a list of one or two files/);
    await refused(
      [...flash(path('first')), '--bios', path('first'), '--kernel', path('data')],
      /`kernel` and `pflash` exclude each other/,
    );
    await refused(
      [...flash(path('first')), '--snapshot.output', path('first')],
      /first is also an input of this session/,
    );
  });
});
