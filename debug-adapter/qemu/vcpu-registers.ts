import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, numberFromHex } from '../gdb-stub/hex';
import { GdbClient } from './gdb-client';
import { connectUnix, SystemError } from './libc';
import { QemuError } from './qemu-error';
import type { QmpClient } from './qmp-client';

export interface Register {
  readonly name: string;
  readonly value: bigint;
  /** The last word of the feature that it is of: `cpu`, `fpu`, `csr`, `virtual`. */
  readonly group: string;
}

/** What is known of a vCPU that stands still. */
export interface VcpuState {
  readonly registers: readonly Register[];
  readonly pc: bigint;
  /** Of its page, as the vCPU sees memory; empty where nothing is mapped. */
  readonly code: { readonly address: bigint; readonly bytes: Uint8Array };
}

interface DescribedRegister {
  readonly name: string;
  readonly number: number;
  readonly bitCount: number;
  readonly group: string;
}

const pageByteCount = 4096n;
const chunkByteCount = 1024n;
const bitCountMax = 64;
const riscV = '<architecture>riscv:rv64</architecture>';

/**
 * Of all vCPUs, in their order, through a gdb stub that QEMU has for as long as this takes. The guest must stand still, and
 * QMP answer: to stop it for this would hang a QEMU of which a vCPU waits in a write fault.
 *
 * @returns undefined where the stub is another's, or the machine is no 64-bit RISC-V
 * @throws QemuError when QEMU refuses it, or does not answer in time
 */
export async function readVcpus(qmp: QmpClient): Promise<readonly VcpuState[] | undefined> {
  const chardevs = (await qmp.execute('query-chardev')) as readonly { readonly label: string }[];
  if (chardevs.some(({ label }) => label === 'gdb')) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'freezeframe-gdb-'));
  const path = join(directory, 'stub');
  let client: GdbClient | undefined;
  try {
    const said = await qmp.human(`gdbserver unix:${path},server=on,wait=off`);
    client = connected(path, said);
    return await statesOf(client);
  } finally {
    client?.close();
    await qmp.human('gdbserver none');
    rmSync(directory, { recursive: true, force: true });
  }
}

function connected(path: string, said: string): GdbClient {
  try {
    return new GdbClient(connectUnix(path));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new QemuError('no-gdb-stub', `QEMU did not open a gdb stub: ${said.trim()}`);
  }
}

async function statesOf(client: GdbClient): Promise<readonly VcpuState[] | undefined> {
  await client.ask('qSupported:xmlRegisters=riscv');
  const target = await client.read('features:read:target.xml');
  if (!target.includes(riscV)) return undefined;
  const described = await describedRegisters(client, target);
  const states: VcpuState[] = [];
  for (const thread of await threadsOf(client)) {
    await client.ask(`Hg${thread}`);
    states.push(await stateOf(client, described));
  }
  return states;
}

/** As the target description numbers them (gdb manual, "Target Description Format"). */
async function describedRegisters(client: GdbClient, target: string): Promise<readonly DescribedRegister[]> {
  const registers: DescribedRegister[] = [];
  let next = 0;
  for (const [, file] of target.matchAll(/<xi:include href="([^"]+)"\/>/g)) {
    const feature = await client.read(`features:read:${file}`);
    const group = /<feature name="[^"]*?([^".]+)">/.exec(feature)?.[1] ?? '';
    for (const [, attributes] of feature.matchAll(/<reg\s([^>]*)\/>/g)) {
      const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes!)?.[1];
      const number = Number(attribute('regnum') ?? next);
      registers.push({ name: attribute('name')!, number, bitCount: Number(attribute('bitsize')), group });
      next = number + 1;
    }
  }
  return registers;
}

async function threadsOf(client: GdbClient): Promise<string[]> {
  const threads: string[] = [];
  for (let list = await client.ask('qfThreadInfo'); list.startsWith('m'); list = await client.ask('qsThreadInfo'))
    threads.push(...list.slice(1).split(','));
  return threads;
}

async function stateOf(client: GdbClient, described: readonly DescribedRegister[]): Promise<VcpuState> {
  const registers: Register[] = [];
  for (const { name, number, bitCount, group } of described) {
    if (bitCount > bitCountMax) continue;
    // One that the vCPU does not have is refused.
    const value = numberFromHex(await client.ask(`p${number.toString(16)}`));
    if (value !== undefined) registers.push({ name, value, group });
  }
  const pc = registers.find(({ name }) => name === 'pc')?.value ?? 0n;
  const address = pc - (pc % pageByteCount);
  const bytes: number[] = [];
  for (let at = address; at < address + pageByteCount; at += chunkByteCount) {
    const chunk = fromHex(await client.ask(`m${at.toString(16)},${chunkByteCount.toString(16)}`));
    if (!chunk) break;
    bytes.push(...chunk);
  }
  return { registers, pc, code: { address, bytes: Uint8Array.from(bytes) } };
}
