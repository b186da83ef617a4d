import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirePart } from '../../tools/parts.mjs';
import { freezeframe } from '../command-line/freezeframe';
import { workingSetArgs } from './guest';
import { kvmOrTcg } from './pc-guest';

describe('freezeframe qemu', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freezeframe-qemu-command-'));

  after(() => rmSync(folder, { recursive: true }));

  it('takes a snapshot of any machine, here a PC, and keeps it where it is right and whole', async () => {
    const output = join(folder, 'pc.qemu');
    const machine = [...kvmOrTcg, '-m', '16M', '-display', 'none', '-serial', 'null', '-nic', 'none'];
    const { code, out, err } = await freezeframe(
      ...['qemu', '--after', '200ms', '--pages', '3', '--output', output, '--', requirePart('qemu-x86'), ...machine],
    );
    assert.equal(code, 0, `${out}\n${err}`);
    for (const text of [
      /WP arm: pc\.ram {2,}\S+ +silent +4096 /,
      /WP arm: \S+vga\.vram {2,}\S+ +silent +8192 /,
      /page 0x\w+ of \S+, (zero|scan|for vCPU 0) /,
      /^Snapshot completed: \d+ pages/m,
      /^All \d+ pages compared are RAM at the freeze; what \d+ others were is not known\.$/m,
      /pc\.qemu is whole\.$/m,
    ]) {
      assert.match(out, text);
    }
    // At Freeze QEMU is held before it stops the vCPUs: those of KVM may run until then.
    const whileFrozen = out.split('\n').filter((line) => / ms {2}( {2}stash of|State stash|WP arm)/.test(line));
    assert.ok(whileFrozen.length > 20);
    for (const line of whileFrozen) assert.match(line, / still +silent /);
  });

  it('names the pages that are wrong where protection is lifted midway, of which QEMU knows nothing', async () => {
    const args = [requirePart('qemu'), ...workingSetArgs, '-serial', 'null'];
    const { code, out } = await freezeframe('qemu', '--after', '200ms', '--lift-protection', '--', ...args);
    assert.equal(code, 1, out);
    assert.match(out, /^Snapshot completed: /m);
    assert.match(out, /^\d+ of 20495 pages are not RAM at the freeze: riscv_virt_board\.ram 0x/m);
  });

  const refusals: readonly (readonly [what: string, args: readonly string[], message: RegExp])[] = [
    ['a program that is not there', ['no-such-qemu'], /no-such-qemu cannot be started: ENOENT\. Install it/],
    ['arguments that QEMU refuses', ['QEMU', '-M', 'none-such'], /QEMU ended at once: .*unsupported machine type/],
    // It has opened its QMP socket by then.
    ['a kernel that is not there', ['QEMU', '-M', 'virt', '-kernel', 'none-such'], /QEMU ended at once: .*none-such/],
    ['a QEMU that goes into the background', ['QEMU', '-daemonize'], /`-daemonize`: leave it out/],
    [
      'a guest that does not run',
      ['QEMU', ...workingSetArgs, '-serial', 'null', '-S'],
      /does not run \(prelaunch\).*`cont`/,
    ],
  ];
  for (const [what, [program, ...args], message] of refusals) {
    it(`says what is wrong with ${what}`, async () => {
      const binary = program === 'QEMU' ? requirePart('qemu') : program!;
      const { code, err } = await freezeframe('qemu', '--after', '0', '--', binary, ...args);
      assert.equal(code, 2);
      assert.match(err, message);
    });
  }

  it('says what is wrong with a phase, and with a process that needs no repair', async () => {
    assert.match((await freezeframe('qemu', '--hold', 'lunch', '--', 'qemu')).err, /there is no phase lunch/);
    assert.match(
      (await freezeframe('repair', String(process.pid))).err,
      /has no userfaultfd: nothing in it is protected/,
    );
    assert.match((await freezeframe('repair', 'x')).err, /PID: x is not a whole number/);
  });
});
