import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { Variable } from '../../debug-adapter/debuggee/thread';
import { requirePart } from '../../tools/parts.mjs';
import { image } from '../boot/console';
import { isListening } from '../qemu/listening';
import { bareMachine, benchOf } from '../snapshot/harness';
import { compiledProgram } from './compiled-program';

interface Stop {
  readonly pc: number;
  readonly frames: readonly StoppedFrame[];
}

interface StoppedFrame {
  readonly name: string;
  readonly line: number;
  readonly variables: Readonly<Record<string, string>>;
}

const stopCount = Number(process.env.STOPS ?? 25);

/** How many instructions lie between two stops. */
function stepCounts(): number[] {
  let state = 0x2545f491;
  return Array.from({ length: stopCount }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return 1 + ((state >>> 16) % 50);
  });
}

/** What gdb says of a real QEMU with the program, at each stop. */
async function gdbsStops(elf: string, folder: string, steps: readonly number[]): Promise<Stop[]> {
  const [stub, out] = [join(folder, 'gdb.sock'), join(folder, 'stops')];
  rmSync(stub, { force: true });
  const qemu = spawn(requirePart('qemu'), [
    ...['-M', 'virt', '-m', '16M', '-nographic', '-nic', 'none', '-serial', 'none', '-monitor', 'none', '-bios', elf],
    ...['-S', '-gdb', `unix:${stub},server=on,wait=off`],
  ]);
  try {
    while (!isListening(stub)) await new Promise((done) => setImmediate(done));
    const env = { ...process.env, GDB_STUB: stub, GDB_OUT: out, STEPS: JSON.stringify(steps) };
    execFileSync(requirePart('gdb'), ['-batch', '-nx', '-x', join(__dirname, 'gdb-frames.py'), elf], {
      env,
      stdio: 'pipe',
    });
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Stop);
  } finally {
    qemu.kill('SIGKILL');
  }
}

/** Scalars by their paths; what pointers lead to is no part of them. */
function flatten(name: string, { value, source, children }: Variable, into: Record<string, string>): void {
  const isWhole = !children || source?.type.endsWith('*') || (value as string).startsWith('"');
  if (isWhole) {
    into[name] ??= value as string;
    return;
  }
  for (const child of children()) {
    const isNameless = /^(struct|union) \{/.test(child.name);
    const path = child.name.startsWith('[') ? `${name}${child.name}` : `${name}.${isNameless ? '' : child.name}`;
    flatten(path, child, into);
  }
}

/** What a callee may have changed, gdb shows as if it had not: here nobody knows. */
function likelyTrue(ours: Readonly<Record<string, string>>, theirs: StoppedFrame['variables']): typeof ours {
  const known = Object.entries(ours).map(([name, text]) => [name, text === '<not saved>' ? theirs[name]! : text]);
  return Object.fromEntries(known);
}

describe('the frames of a program, beside gdb on a real QEMU', function () {
  this.timeout(120_000);

  for (const options of [['-O0'], ['-O1'], ['-O2'], ['-O2', '-gdwarf-4'], ['-O2', '-gdwarf-3'], ['-O0', '-gdwarf-2']]) {
    it(`are the same at every stop: functions, lines, variables and what they hold, with ${options.join(' ')}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'freezeframe-source-'));
      try {
        const elf = compiledProgram(folder, ...options);
        const steps = stepCounts();
        const theirs = await gdbsStops(elf, folder, steps);
        const machine = bareMachine({ program: image(elf), ramByteCount: 16 << 20 });
        const { debuggee } = benchOf(machine, undefined, {});
        const main = debuggee.symbolAddress('main')!;
        while (machine.core.pc.get(0) !== main) machine.runHart(0, 1, 0);
        for (const [index, count] of steps.entries()) {
          machine.runHart(0, count, 0);
          const ours = debuggee.stack('hart 0').map((frame, place): StoppedFrame & { isInlined: boolean } => {
            assert.ok(frame.kind === 'guest');
            const variables: Record<string, string> = {};
            const locals = debuggee.scopes('hart 0', place).find(({ name }) => name === 'Locals')?.variables ?? [];
            for (const variable of [...locals].reverse()) flatten(variable.name, variable, variables);
            return { name: frame.name, line: frame.source?.line ?? 0, variables, isInlined: frame.isInlined };
          });
          const { pc, frames } = theirs[index]!;
          assert.equal(machine.core.pc.get(0), BigInt(pc), `stop ${index}`);
          // For gdb the stack ends with main.
          ours.splice(ours.findIndex(({ name }) => name === 'main') + 1);
          // gdb hides a function that was inlined and is about to begin.
          while (ours.length > frames.length && ours[0]!.isInlined) ours.shift();
          const plain = ours.map(({ name, line, variables }, place) => ({
            name,
            line,
            variables: likelyTrue(variables, frames[place]?.variables ?? {}),
          }));
          assert.deepEqual(plain, frames, `stop ${index} at 0x${pc.toString(16)}`);
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
