import assert from 'node:assert/strict';
import { DebuggeeError } from '../../debug-adapter/debuggee/debuggee';
import { Qemu } from '../stream/qemu';
import { bench } from './harness';
import { busyGuest } from './snapshot-guest';

const lines = [
  ...['0', '1', '49', '100', '101'].map((value) => `throttle-trigger-threshold ${value}`),
  ...['0', '1', '99', '100', '30'].map((value) => `cpu-throttle-initial ${value}`),
  ...['0', '1', '99', '100', '25'].map((value) => `cpu-throttle-increment ${value}`),
  // Not less than the initial one, from either side.
  ...['29', '100', '80'].map((value) => `max-cpu-throttle ${value}`),
  'cpu-throttle-initial 81',
  ...['0', '2000000', '2000001'].map((value) => `downtime-limit ${value}`),
  ...['10', '500K', '4096B', '2G', '1x', '-1', '0'].map((value) => `max-bandwidth ${value}`),
  'no-such-parameter 1',
];

describe('the parameters of a migration', () => {
  it("take and refuse, by the monitor, what QEMU's monitor does, in its words", async () => {
    const { debuggee } = bench({ machine: { program: busyGuest } });
    const qemu = await Qemu.start(['-m', '64M', '-bios', 'none', '-S']);
    try {
      const theirs = async (line: string): Promise<string> => {
        const answer = await qemu.execute('human-monitor-command', { 'command-line': line });
        return String(answer)
          .replaceAll('\r', '')
          .replace(/^Error: /, '')
          .trimEnd();
      };
      const ours = (line: string): Promise<string> =>
        debuggee.monitor(line).catch((error: unknown) => {
          assert.ok(error instanceof DebuggeeError);
          return error.message;
        });
      for (const line of lines) {
        const command = `migrate_set_parameter ${line}`;
        assert.equal(await ours(command), await theirs(command), line);
        const all = (await theirs('info migrate_parameters')).split('\n');
        const listed = (await ours('info migrate_parameters')).trimEnd().split('\n');
        const names = listed.map((each) => each.split(':')[0]!);
        assert.deepEqual(
          listed,
          all.filter((each) => names.includes(each.split(':')[0]!)),
          line,
        );
      }
    } finally {
      await qemu.stop();
    }
  });
});
