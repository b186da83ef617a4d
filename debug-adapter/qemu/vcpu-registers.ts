import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, numberFromHex } from '../gdb-stub/hex';
import { architectures } from './architectures';
import type { Code } from './code';
import { GdbClient } from './gdb-client';
import { connectUnix, SystemError } from './libc';
import { QemuError } from './qemu-error';
import type { QmpClient } from './qmp-client';
import { type DescribedRegister, readDescription } from './target-description';

export type Register = DescribedRegister & { readonly value: bigint };

/** What is known of a vCPU that stands still. */
export interface VcpuState {
  readonly registers: readonly Register[];
  /** As memory is addressed: that of an x86 is counted from its code segment's base. */
  readonly pc: bigint;
  /** Of its page and those beside it, as the vCPU sees memory; empty where nothing is mapped. */
  readonly code: Code;
}

const pageByteCount = 4096n;
const chunkByteCount = 1024n;

/**
 * Of all vCPUs, in their order, through a gdb stub that QEMU has for as long as this takes. The guest must stand still, and
 * QMP answer: to stop it for this would hang a QEMU of which a vCPU waits in a write fault.
 *
 * @throws QemuError where the stub is another's or the architecture is not known, when QEMU refuses it, or does not answer in
 *   time
 */
export async function readVcpus(qmp: QmpClient): Promise<readonly VcpuState[]> {
  const chardevs = (await qmp.execute('query-chardev')) as readonly { readonly label: string }[];
  if (chardevs.some(({ label }) => label === 'gdb')) {
    const advice = 'Read them there, or start QEMU without `-gdb`.';
    throw new QemuError('gdb-refused', `QEMU’s gdb stub is already in use. ${advice}`);
  }
  const directory = mkdtempSync(join(tmpdir(), 'freezeframe-gdb-'));
  const path = join(directory, 'stub');
  let client: GdbClient | undefined;
  try {
    const said = await qmp.human(`gdbserver unix:${path},server=on,wait=off`);
    client = connected(path, said);
    return await statesOf(client, qmp);
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

async function statesOf(client: GdbClient, qmp: QmpClient): Promise<readonly VcpuState[]> {
  // A client that says so gets a description of these, too.
  await client.ask('qSupported:xmlRegisters=riscv,i386,arm');
  const description = await readDescription((file) => client.read(`features:read:${file}`));
  const architecture = architectures.get(description.architecture);
  if (!architecture) {
    const known = [...architectures.keys()].join(', ');
    const text = `QEMU’s machine is ${description.architecture}; only ${known} are known here. Use gdb.`;
    throw new QemuError('gdb-refused', text);
  }
  const states: VcpuState[] = [];
  for (const [index, thread] of (await threadsOf(client)).entries()) {
    await client.ask(`Hg${thread}`);
    const registers = await registersOf(client, description.registers);
    const { pc, set } = await architecture.place(valuesOf(registers), () =>
      qmp.human('info registers', { cpu: index }),
    );
    const code = await readAround(client, pc, (page) => isMemory(qmp, index, page));
    states.push({ registers, pc, code: { ...code, set } });
  }
  return states;
}

async function threadsOf(client: GdbClient): Promise<string[]> {
  const threads: string[] = [];
  for (let list = await client.ask('qfThreadInfo'); list.startsWith('m'); list = await client.ask('qsThreadInfo'))
    threads.push(...list.slice(1).split(','));
  return threads;
}

async function registersOf(client: GdbClient, described: readonly DescribedRegister[]): Promise<Register[]> {
  const registers: Register[] = [];
  for (const each of described) {
    // One that the vCPU does not have is refused.
    const value = numberFromHex(await client.ask(`p${each.number.toString(16)}`));
    if (value !== undefined) registers.push({ ...each, value });
  }
  return registers;
}

function valuesOf(registers: readonly Register[]): (name: string) => bigint {
  return (name) => registers.find((each) => each.name === name)?.value ?? 0n;
}

/** As the monitor sees it from a vCPU: RAM or ROM. */
async function isMemory(qmp: QmpClient, vcpu: number, address: bigint): Promise<boolean> {
  const translated = await qmp.human(`gva2gpa 0x${BigInt.asUintN(64, address).toString(16)}`, { cpu: vcpu });
  const [, physical] = /gpa: (0x[0-9a-f]+)/.exec(translated) ?? [];
  return physical !== undefined && /\) is 0x/.test(await qmp.human(`gpa2hva ${physical}`));
}

/** Its page, and those beside it, unless a device may be there, which to read may change. */
async function readAround(
  client: GdbClient,
  pc: bigint,
  isMemory: (page: bigint) => Promise<boolean>,
): Promise<Omit<Code, 'set'>> {
  const page = pc - (pc % pageByteCount);
  const own = await readPage(client, page);
  const beside = async (there: bigint): Promise<readonly number[]> =>
    own.length > 0 && (await isMemory(there)) ? readPage(client, there) : [];
  const before = await beside(page - pageByteCount);
  const isJoined = before.length === Number(pageByteCount);
  const behind = await beside(page + pageByteCount);
  return {
    address: isJoined ? page - pageByteCount : page,
    bytes: Uint8Array.from([...(isJoined ? before : []), ...own, ...behind]),
  };
}

/** Up to what cannot be read. */
async function readPage(client: GdbClient, page: bigint): Promise<readonly number[]> {
  const bytes: number[] = [];
  for (let at = page; at < page + pageByteCount; at += chunkByteCount) {
    const chunk = fromHex(await client.ask(`m${at.toString(16)},${chunkByteCount.toString(16)}`));
    if (!chunk) break;
    bytes.push(...chunk);
  }
  return bytes;
}
