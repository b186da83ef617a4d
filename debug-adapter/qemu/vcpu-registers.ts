import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numberFromHex } from '../gdb-stub/hex';
import { architectures } from './architectures';
import { GdbClient } from './gdb-client';
import type { InstructionSet } from './instruction-set';
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
  /** Of its code. */
  readonly set: InstructionSet;
}

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
    const dump = () => qmp.human('info registers', { cpu: index });
    states.push({ registers, ...(await architecture.place(valuesOf(registers), dump)) });
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
