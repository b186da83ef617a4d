import type { Frame, Scope, ThreadId, Variable } from '../debuggee/thread';
import type { Code } from './code';
import { GuestMemory } from './guest-memory';
import { QemuError } from './qemu-error';
import type { RunningQemu } from './running-qemu';
import { vcpuId } from './threads';
import { type Register, readVcpus, type VcpuState } from './vcpu-registers';

/** By their groups in target descriptions. */
const groupNames: ReadonlyMap<string, string> = new Map([
  ['cpu', 'Registers'],
  ['core', 'Registers'],
  ['fpu', 'Floating-point registers'],
  ['float', 'Floating-point registers'],
  ['vector', 'Vector registers'],
  ['sve', 'Vector registers'],
  ['csr', 'Control and status registers'],
  ['cp_regs', 'System registers'],
  ['virtual', 'Privilege'],
]);
/** What is wider is no number that anybody reckons with. */
const numberBitCountMax = 64;

const pageByteCount = 4096n;

/** Registers and memory of the vCPUs while the guest stands still; of none before, and once it goes on. */
export class PausedVcpus {
  /** By their indices. */
  #states: readonly VcpuState[] = [];
  #memory: GuestMemory | undefined;
  /** Whose stack was asked for last, and so whose code is looked at. */
  #lookedAt = 0;

  constructor(private readonly qemu: RunningQemu) {}

  /** No vCPU waits in a write fault: QEMU has stopped it. @returns why no registers are known */
  async look(): Promise<string | undefined> {
    this.#memory = new GuestMemory(this.qemu);
    try {
      this.#states = await readVcpus(this.qemu.qmp);
      // Where they stand is shown at once, with what is around it.
      for (const [index, { pc }] of this.#states.entries())
        this.#memory.read(index, pc - pageByteCount, 3 * Number(pageByteCount));
      await this.#memory.fetch();
      return undefined;
    } catch (error) {
      if (error instanceof QemuError) return error.message;
      throw error;
    }
  }

  forget(): void {
    this.#states = [];
    this.#memory?.end();
    this.#memory = undefined;
  }

  /** What has been read and was not known. @returns whether there was any */
  async fetch(): Promise<boolean> {
    return (await this.#memory?.fetch()) ?? false;
  }

  frame(thread: ThreadId): Frame | undefined {
    const pc = this.#of(thread)?.pc;
    if (pc !== undefined) this.#lookedAt = this.#indexOf(thread);
    return pc === undefined
      ? undefined
      : { kind: 'guest', name: `0x${pc.toString(16)}`, pc, isGuess: false, isInlined: false };
  }

  scopes(thread: ThreadId): readonly Scope[] {
    const { registers = [], pc } = this.#of(thread) ?? {};
    const scopeOf = ({ group }: Register): string => groupNames.get(group) ?? group;
    return [...new Set(registers.map(scopeOf))].map((name) => ({
      name,
      kind: 'registers',
      variables: registers.filter((each) => scopeOf(each) === name).map((each) => variable(each, pc)),
    }));
  }

  register(thread: ThreadId, name: string): bigint | undefined {
    // x8 has two names, of which QEMU has one.
    const asInQemu = name === 's0' ? 'fp' : name;
    const state = this.#of(thread);
    const value = state?.registers.find((each) => each.name === asInQemu && each.bitCount <= numberBitCountMax)?.value;
    return value ?? (name === 'pc' ? state?.pc : undefined);
  }

  /** As the vCPU sees it, the first one for another thread: up to what is no memory, or not fetched yet. */
  readMemory(thread: ThreadId, address: bigint, byteCount: number): Uint8Array {
    return this.#memory?.read(Math.max(0, this.#indexOf(thread)), address, byteCount) ?? new Uint8Array(0);
  }

  /** From at most so many instructions before an address to so many behind it. */
  codeAround(address: bigint, before: number, behind: number): Code | undefined {
    const vcpu = this.#whoseCode(address);
    const set = this.#states[vcpu]?.set;
    if (!set || !this.#memory) return undefined;
    const first = this.#memory.readBefore(vcpu, address, before * set.byteCountMax);
    const rest = this.#memory.read(vcpu, address, behind * set.byteCountMax);
    return { address: address - BigInt(first.length), bytes: Buffer.concat([first, rest]), set };
  }

  /** What stands near there, or else is looked at. */
  #whoseCode(address: bigint): number {
    const isNear = ({ pc }: VcpuState): boolean => pc - pageByteCount < address && address < pc + pageByteCount;
    const lookedAt = this.#states[this.#lookedAt];
    const near = lookedAt && isNear(lookedAt) ? this.#lookedAt : this.#states.findIndex(isNear);
    return near < 0 ? this.#lookedAt : near;
  }

  #indexOf(thread: ThreadId): number {
    return this.qemu.vcpus.findIndex(({ index }) => vcpuId(index) === thread);
  }

  #of(thread: ThreadId): VcpuState | undefined {
    return this.#states[this.#indexOf(thread)];
  }
}

function variable({ name, value, bitCount }: Register, pc: bigint | undefined): Variable {
  if (bitCount > numberBitCountMax)
    return { name, value: `0x${value.toString(16).padStart(bitCount / 4, '0')}`, kind: 'plain' };
  const isAddress = value === pc && /^([er]ip|pc)$/.test(name);
  return { name, value, kind: isAddress ? 'address' : 'register' };
}
