import type { AddressRange } from './libc';
import type { QmpClient } from './qmp-client';

/** A RAM block as QEMU has it, in the order of its stream. */
export interface RamBlock {
  readonly name: string;
  /** `used_length`. */
  readonly byteCount: number;
  /** Guest physical, where it is mapped now. */
  readonly address?: bigint;
  /** In QEMU's memory, where that is known: of a block that is mapped, or that has been armed. */
  readonly host?: bigint;
}

/** By the human monitor: no command of QMP tells this. */
export async function readRamBlocks(qmp: QmpClient): Promise<readonly RamBlock[]> {
  const addresses = mappedAddresses(await qmp.human('info mtree -f'));
  const blocks: RamBlock[] = [];
  for (const { name, byteCount } of parseRamBlocks(await qmp.human('info ramblock'))) {
    const address = addresses.get(name);
    if (address === undefined) blocks.push({ name, byteCount });
    else blocks.push({ name, byteCount, address, ...(await hostOf(qmp, name, address)) });
  }
  return blocks;
}

export function hostRange({ host, byteCount }: RamBlock): AddressRange | undefined {
  return host === undefined ? undefined : { start: host, byteCount };
}

/** `info ramblock`: name, page size, offset, used and total length. A name may have blanks. */
function parseRamBlocks(text: string): { name: string; byteCount: number }[] {
  return [...text.matchAll(/^\s*(\S.*?)\s+\d+ [KMG]iB\s+0x[0-9a-f]+\s+(0x[0-9a-f]+)\s+0x[0-9a-f]+/gm)].map(
    ([, name, used]) => ({ name: name!, byteCount: Number(used) }),
  );
}

/** `info mtree -f`: where each block's first byte is in the guest's memory. */
function mappedAddresses(text: string): Map<string, bigint> {
  const memory = /AS "memory"[\s\S]*?\n\n/.exec(`${text}\n\n`)?.[0] ?? '';
  const addresses = new Map<string, bigint>();
  for (const [, address, place] of memory.matchAll(
    /^\s*([0-9a-f]{16})-[0-9a-f]{16} \(prio -?\d+, (?:ram|rom|romd|ramd|nv)\): (.*)$/gm,
  )) {
    // A part that does not begin with the block's first byte says so.
    const [, name, offset] = /^(.*?)(?: @([0-9a-f]+))?(?: KVM)?$/.exec(place!)!;
    if (offset === undefined || /^0+$/.test(offset)) addresses.set(name!, BigInt(`0x${address}`));
  }
  return addresses;
}

async function hostOf(qmp: QmpClient, name: string, address: bigint): Promise<{ host?: bigint }> {
  const text = await qmp.human(`gpa2hva 0x${address.toString(16)}`);
  const [, block, host] = /\((.*)\) is (0x[0-9a-f]+)/.exec(text) ?? [];
  return block === name ? { host: BigInt(host!) } : {};
}
