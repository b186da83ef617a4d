import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { firmwarePaths } from '../../tools/parts.mjs';
import { Console, image } from './console';
import { QemuConsole } from './qemu-console';

const prompt = '\n=> ';

describe('OpenSBI and U-Boot', () => {
  let guest: Console;
  let qemu: QemuConsole;

  before(async () => {
    const { opensbi, uBoot } = firmwarePaths();
    qemu = new QemuConsole(['-m', '64', '-bios', opensbi, '-kernel', uBoot]);
    guest = new Console({ bios: image(opensbi), kernel: image(uBoot) });
  });
  after(() => qemu?.dispose());

  /** Types a command at both and gives what each answers. */
  const command = async (text: string): Promise<{ answer: string; expected: string }> => {
    guest.type(`${text}\r`);
    qemu.type(`${text}\r`);
    const answer = guest.runUntil(prompt);
    return { answer, expected: await qemu.until(prompt) };
  };

  it('boot to the prompt, with the board that QEMU shows them', async () => {
    guest.runUntil('Hit any key to stop autoboot');
    guest.type(' ');
    guest.runUntil(prompt);
    await qemu.until('Hit any key to stop autoboot');
    qemu.type(' ');
    await qemu.until(prompt);
    // What the core does not share with QEMU's, and the devices that are not here.
    const own = /^(Boot HART|CPU:|Flash:|Core:|Working FDT|Hit any key)/;
    const shared = (text: string): string[] => text.split(/\r?\n/).filter((line) => !own.test(line));
    assert.deepEqual(shared(guest.text), shared(qemu.text));
    assert.match(guest.text, /Boot HART Base ISA {8}: rv64imafdc/);
  });

  it('answer `help` as on QEMU', async () => {
    const { answer, expected } = await command('help');
    assert.match(answer, /md {8}- memory display/);
    assert.equal(answer, expected);
  });

  it('show the bytes of the image with `md.b`', async () => {
    const { answer, expected } = await command('md.b 80200000 40');
    const shown = [...answer.matchAll(/^[0-9a-f]{8}: ((?:[0-9a-f]{2} ){16})/gm)].map((match) => match[1]!.trim());
    const bytes = readFileSync(firmwarePaths().uBoot).subarray(0, 0x40);
    assert.equal(shown.join(' '), [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' '));
    assert.equal(answer, expected);
  });

  it('write memory with `mw`', async () => {
    await command('mw.l 82000000 12345678 4');
    const { answer, expected } = await command('md.l 82000000 5');
    assert.match(answer, /82000000: 12345678 12345678 12345678 12345678 {2}xV4/);
    assert.equal(answer, expected);
    assert.equal(
      Buffer.from(guest.machine.core.ram.buffer, guest.machine.core.ram.byteOffset).readUInt32LE(0x200_0000),
      0x1234_5678,
    );
  });

  it('keep time: `sleep 1` takes a second of virtual time', () => {
    const before = guest.clockNs;
    guest.type('sleep 1\r');
    guest.runUntil(prompt);
    const elapsedNs = guest.clockNs - before;
    assert(elapsedNs >= 1e9 && elapsedNs < 1.05e9, `${elapsedNs} ns`);
  });

  it('keep S-mode out of the firmware: the PMP stops `md.b 80000000 40`, and U-Boot resets', async () => {
    guest.type('md.b 80000000 40\r');
    qemu.type('md.b 80000000 40\r');
    const answer = guest.runUntil('resetting ...');
    const expected = await qemu.until('resetting ...');
    assert.match(answer, /Load access fault[\s\S]*TVAL: 0000000080000000/);
    // U-Boot moves itself below the device tree, whose size differs: addresses after relocation do, too.
    const withoutAddresses = (text: string): string => text.replace(/EPC: [0-9a-f]+ RA: [0-9a-f]+ TVAL/, 'TVAL');
    assert.equal(withoutAddresses(answer), withoutAddresses(expected));
    guest.run(200_000_000);
    assert.deepEqual(guest.machine.powerOff, { kind: 'reset' });
  });
});
