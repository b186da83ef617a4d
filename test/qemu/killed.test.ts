import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProcessFacts } from '../../debug-adapter/qemu/process-facts';
import { requirePart } from '../../tools/parts.mjs';
import { root } from '../command-line/freezeframe';
import { until, workingSetArgs } from './guest';

/** Those in which a snapshot of a running guest can be held, as QEMU comes to them. */
const phases = [
  'setup',
  'head',
  'active',
  'vm-stop',
  'state-stash',
  'wp-arm',
  'vm-start-bh',
  'save',
  'wp-disarm',
  'append-stash',
] as const;

describe('freezeframe qemu, killed in the midst of a snapshot', () => {
  for (const phase of phases) {
    it(`leaves a guest that runs, and no process but QEMU: ${phase}`, async () => {
      const command = spawn(process.execPath, [
        ...[join(root, 'dist/freezeframe.js'), 'qemu', '--after', '100ms', '--hold', phase],
        ...['--', requirePart('qemu'), ...workingSetArgs, '-serial', 'null'],
      ]);
      await printed(command, 'Held at');
      const children = childrenOf(command.pid!);
      const qemu = children.find((pid) => nameOf(pid).startsWith('qemu'))!;
      const helpers = children.filter((pid) => pid !== qemu).flatMap((pid) => [pid, ...childrenOf(pid)]);
      assert.ok(qemu && helpers.length > 0);
      const facts = new ProcessFacts(qemu);
      try {
        command.kill('SIGKILL');
        await once(command, 'exit');
        await until(() => helpers.every((pid) => !new ProcessFacts(pid).isAlive), 'end of the helpers');
        await until(() => facts.userfaults().length === 0, 'end of write tracking');
        const vcpu = facts.threads().reduce((a, b) => (facts.runTimeNs(a.tid) > facts.runTimeNs(b.tid) ? a : b));
        const ran = facts.runTimeNs(vcpu.tid);
        await until(() => facts.runTimeNs(vcpu.tid) > ran + 20e6, 'guest that goes on');
        assert.deepEqual(
          facts.threads().filter(({ isFaulting }) => isFaulting),
          [],
        );
      } finally {
        facts.close();
        process.kill(qemu, 'SIGKILL');
      }
    });
  }
});

async function printed(command: ChildProcess, text: string): Promise<void> {
  let out = '';
  for (const stream of [command.stdout!, command.stderr!]) {
    stream.on('data', (bytes) => {
      out += bytes;
    });
  }
  await until(() => out.includes(text) || command.exitCode !== null, `"${text}"`);
  assert.ok(out.includes(text), out);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8');
}
