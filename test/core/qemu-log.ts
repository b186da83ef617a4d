import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { requirePart } from '../../tools/parts.mjs';

export type State = ReadonlyMap<string, bigint>;

/**
 * Before each instruction that QEMU executes: pc, CSRs, x and (with `fpu`) f registers by name, out of its log. A trap's
 * handler is shown before its first instruction, and an instruction at which QEMU was interrupted a second time.
 */
export async function* statesOfQemu(args: readonly string[], items: 'cpu' | 'cpu,fpu'): AsyncGenerator<State> {
  const log = ['-singlestep', '-d', `${items},nochain`];
  const silent = ['-display', 'none', '-serial', 'null', '-monitor', 'none'];
  const qemu = spawn(requirePart('qemu'), ['-M', 'virt', '-cpu', 'rv64,h=false', ...args, ...silent, ...log], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    let state = new Map<string, bigint>();
    for await (const line of createInterface({ input: qemu.stderr })) {
      for (const [, number, name, value] of line.matchAll(/(?:([xf]\d+)\/)?(\w+) +([0-9a-f]{16})/g)) {
        if (name === 'pc' && state.size > 0) {
          yield state;
          state = new Map();
        }
        state.set(number ?? name!, BigInt(`0x${value}`));
      }
    }
    if (state.size > 0) yield state;
  } finally {
    qemu.kill('SIGKILL');
  }
}

export function isSame(a: State, b: State): boolean {
  return [...a].every(([name, value]) => b.get(name) === value);
}

/** CSRs in QEMU's log. */
export const loggedCsrs = {
  mstatus: 0x300,
  mip: 0x344,
  mie: 0x304,
  mideleg: 0x303,
  medeleg: 0x302,
  mtvec: 0x305,
  stvec: 0x105,
  mepc: 0x341,
  sepc: 0x141,
  mcause: 0x342,
  scause: 0x142,
  mtval: 0x343,
  stval: 0x143,
  mscratch: 0x340,
  sscratch: 0x140,
  satp: 0x180,
} as const;
