import type { Frame, Scope, ThreadId, Variable } from '../debuggee/thread';
import type { Code } from './code';
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

/** Registers and code of the vCPUs, as last read; of none before, and once the guest goes on. */
export class PausedVcpus {
  /** By their indices. */
  #states: readonly VcpuState[] = [];

  constructor(private readonly qemu: RunningQemu) {}

  /** The guest stands still, and no vCPU in a write fault: QEMU has stopped it. @returns why nothing is known */
  async look(): Promise<string | undefined> {
    try {
      this.#states = await readVcpus(this.qemu.qmp);
      return undefined;
    } catch (error) {
      if (error instanceof QemuError) return error.message;
      throw error;
    }
  }

  forget(): void {
    this.#states = [];
  }

  frame(thread: ThreadId): Frame | undefined {
    const pc = this.#of(thread)?.pc;
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

  /** Up to the end of what has been read around pc. */
  codeAt(thread: ThreadId, address: bigint, byteCount: number): Uint8Array {
    const code = this.#of(thread)?.code;
    const offset = code && Number(address - code.address);
    if (offset === undefined || offset < 0 || offset >= code!.bytes.length) return new Uint8Array(0);
    return code!.bytes.subarray(offset, offset + byteCount);
  }

  /** That of any vCPU which holds the address. */
  codeAround(address: bigint): Code | undefined {
    const isIn = ({ code }: VcpuState): boolean =>
      address >= code.address && address < code.address + BigInt(code.bytes.length);
    return this.#states.find(isIn)?.code;
  }

  #of(thread: ThreadId): VcpuState | undefined {
    return this.#states[this.qemu.vcpus.findIndex(({ index }) => vcpuId(index) === thread)];
  }
}

function variable({ name, value, bitCount }: Register, pc: bigint | undefined): Variable {
  if (bitCount > numberBitCountMax)
    return { name, value: `0x${value.toString(16).padStart(bitCount / 4, '0')}`, kind: 'plain' };
  const isAddress = value === pc && /^([er]ip|pc)$/.test(name);
  return { name, value, kind: isAddress ? 'address' : 'register' };
}
