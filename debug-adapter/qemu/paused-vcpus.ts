import type { Frame, Scope, ThreadId } from '../debuggee/thread';
import type { Code } from './code';
import { QemuError } from './qemu-error';
import type { RunningQemu } from './running-qemu';
import { vcpuId } from './threads';
import { readVcpus, type VcpuState } from './vcpu-registers';

/** By the feature of the target description. */
const groupNames: ReadonlyMap<string, string> = new Map([
  ['cpu', 'Registers'],
  ['fpu', 'Floating-point registers'],
  ['csr', 'Control and status registers'],
  ['virtual', 'Privilege'],
]);

/** Registers and code of the vCPUs, as last read; of none before, and once the guest goes on. */
export class PausedVcpus {
  /** By their indices. */
  #states: readonly VcpuState[] = [];

  constructor(private readonly qemu: RunningQemu) {}

  /** The guest stands still, and no vCPU in a write fault: QEMU has stopped it. @returns why nothing is known */
  async look(): Promise<string | undefined> {
    try {
      this.#states = (await readVcpus(this.qemu.qmp)) ?? [];
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
    const registers = this.#of(thread)?.registers ?? [];
    const groups = [...new Set(registers.map(({ group }) => group))];
    return groups.map((group) => ({
      name: groupNames.get(group) ?? group,
      kind: 'registers',
      variables: registers
        .filter((register) => register.group === group)
        .map(({ name, value }) => ({ name, value, kind: name === 'pc' ? 'address' : 'register' })),
    }));
  }

  register(thread: ThreadId, name: string): bigint | undefined {
    // x8 has two names, of which QEMU has one.
    const asInQemu = name === 's0' ? 'fp' : name;
    return this.#of(thread)?.registers.find((each) => each.name === asInQemu)?.value;
  }

  /** Up to the end of what has been read around pc. */
  codeAt(thread: ThreadId, address: bigint, byteCount: number): Uint8Array {
    const code = this.#of(thread)?.code;
    const offset = code && Number(address - code.address);
    if (offset === undefined || offset < 0 || offset >= code!.bytes.length) return new Uint8Array(0);
    return code!.bytes.subarray(offset, offset + byteCount);
  }

  /** That of any vCPU which holds the address; empty where none does. */
  codeAround(address: bigint): Code {
    const isIn = ({ code }: VcpuState): boolean =>
      address >= code.address && address < code.address + BigInt(code.bytes.length);
    return this.#states.find(isIn)?.code ?? { address, bytes: new Uint8Array(0) };
  }

  #of(thread: ThreadId): VcpuState | undefined {
    return this.#states[this.qemu.vcpus.findIndex(({ index }) => vcpuId(index) === thread)];
  }
}
