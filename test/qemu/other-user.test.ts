import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requirePart } from '../../tools/parts.mjs';
import { root } from '../command-line/freezeframe';
import { ForeignQemu, workingSetArgs } from './guest';

const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];

/** The built program, as a user who may nothing. */
function asNobody(...args: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const program = [process.execPath, join(root, 'dist/freezeframe.js'), ...args];
  return spawnSync('setpriv', [...nobody, ...program], { encoding: 'utf8', timeout: 240_000 });
}

describe('a real QEMU, for a user who may not', () => {
  it('is not saved without the right to userfaultfd, and the sysctl is named', () => {
    const allows = readFileSync('/proc/sys/vm/unprivileged_userfaultfd', 'utf8').trim() === '1';
    const args = [requirePart('qemu'), ...workingSetArgs, '-serial', 'null'];
    const { status, stderr } = asNobody('qemu', '--after', '0', '--', ...args);
    assert.equal(status, allows ? 0 : 2, stderr);
    if (!allows) assert.match(stderr, /may not protect pages .*root.*`sysctl vm\.unprivileged_userfaultfd=1`/);
  });

  it('is neither joined nor repaired where it is another’s, and it is said what is in the way', async () => {
    const foreign = await ForeignQemu.start();
    try {
      const join = () => asNobody('qemu', '--qmp', foreign.qmpPath);
      chmodSync(dirname(foreign.qmpPath), 0o755);
      assert.match(
        join().stderr,
        /No QEMU answers at .*: EACCES\. It is another user’s: run as that one, or as root\./,
      );
      chmodSync(foreign.qmpPath, 0o777);
      assert.match(join().stderr, /memory of process \d+ cannot be looked at .*ptrace_scope.*or as root/);
      const { status, stderr } = asNobody('repair', String(foreign.facts.pid));
      assert.equal(status, 2);
      assert.match(stderr, /memory of process \d+ cannot be looked at .*or as root/);
    } finally {
      await foreign.stop();
    }
  });
});
