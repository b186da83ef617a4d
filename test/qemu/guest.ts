import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectUnix } from '../../debug-adapter/qemu/libc';
import { ProcessFacts } from '../../debug-adapter/qemu/process-facts';
import { QmpClient } from '../../debug-adapter/qemu/qmp-client';
import type { RunningQemu } from '../../debug-adapter/qemu/running-qemu';
import { startQemu } from '../../debug-adapter/qemu/start-qemu';
import { requirePart } from '../../tools/parts.mjs';
import { isListening } from './listening';

export const workingSet = resolve(__dirname, '../../extension/sample/guests/working-set.elf');
/** Nothing that is awaited takes a tenth of it. */
const hangMs = 240_000;

/** Of the sample guest that writes to a few pages again and again, behind the binary. */
export const workingSetArgs = ['-M', 'virt', '-m', '16M', '-bios', workingSet, '-nic', 'none', '-display', 'none'];

export async function startWorkingSet(
  more: readonly string[] = [],
  onMessage: (text: string) => void = () => {},
): Promise<RunningQemu> {
  const args = [...workingSetArgs, '-serial', 'null', ...more];
  const listener = { onConsole() {}, onMessage, onQmpEvent() {} };
  const qemu = await startQemu({ binary: requirePart('qemu'), args }, listener);
  await until(() => qemu.facts.runTimeNs(qemu.vcpus[0]!.tid) > 100e6, 'guest that runs');
  return qemu;
}

/** A QEMU that somebody else has started, with the guest's counter at work. */
export class ForeignQemu {
  readonly facts: ProcessFacts;
  readonly #folder: string;

  private constructor(
    private readonly child: ChildProcess,
    folder: string,
  ) {
    this.#folder = folder;
    this.facts = new ProcessFacts(child.pid!);
  }

  static async start(...args: readonly string[]): Promise<ForeignQemu> {
    const folder = mkdtempSync(join(tmpdir(), 'freezeframe-foreign-'));
    const log = openSync(join(folder, 'log'), 'a');
    const own = ['-serial', 'null', '-qmp', `unix:${join(folder, 'qmp')},server=on,wait=off`];
    const child = spawn(requirePart('qemu'), [...workingSetArgs, ...own, ...args], {
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    const qemu = new ForeignQemu(child, folder);
    await until(() => isListening(qemu.qmpPath) || child.exitCode !== null, 'QMP socket');
    return qemu;
  }

  get qmpPath(): string {
    return join(this.#folder, 'qmp');
  }

  /** What it has printed: its log, too, unless that goes elsewhere. */
  get log(): string {
    return readFileSync(join(this.#folder, 'log'), 'utf8');
  }

  async command(name: string, args: object = {}): Promise<void> {
    const qmp = new QmpClient(connectUnix(this.qmpPath));
    await qmp.negotiate(hangMs);
    await qmp.execute(name, args);
    qmp.close();
  }

  /** Of the thread that has run longest: the vCPU's. */
  get ranNs(): number {
    return Math.max(...this.facts.threads().map(({ tid }) => this.facts.runTimeNs(tid)));
  }

  get isFaulting(): boolean {
    return this.facts.threads().some(({ isFaulting }) => isFaulting);
  }

  async stop(): Promise<void> {
    this.facts.close();
    const exit = once(this.child, 'exit');
    if (this.child.exitCode === null && this.child.kill('SIGKILL')) await exit;
    rmSync(this.#folder, { recursive: true });
  }
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  for (const deadline = performance.now() + hangMs; !condition(); ) {
    assert.ok(performance.now() < deadline, `no ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}
