import assert from 'node:assert/strict';
import { shellPrompt } from '../../tools/linux-guest.mjs';
import { bench } from '../snapshot/harness';
import { runToText } from '../snapshot/typing';
import { linuxGuest } from './linux-guest';

describe('Linux that is told to reboot', () => {
  it('boots again to a shell, with nothing left of the files in its RAM', async () => {
    const run = bench({ machine: linuxGuest(128), msPerLook: 1 });
    await runToText(run, shellPrompt);
    const type = (line: string) => run.debuggee.consoleInput(new TextEncoder().encode(`${line}\r`));
    type('echo here > /left; cat /left; reboot -f');
    await runToText(run, 'here\r\n');
    const rebooted = run.console().length;
    await runToText(run, shellPrompt, rebooted);
    assert.match(run.console().slice(rebooted), /OpenSBI v/);
    type('cat /left; echo gone=$((6*7))');
    await runToText(run, 'gone=42', rebooted);
    assert.match(run.console().slice(rebooted), /can't open '\/left'/);
  });
});
