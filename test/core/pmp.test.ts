import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { csrs, Guest, handlerOffset } from './guest';

const base = BigInt(ramBase);
/** Around its beginning and its end entries begin and end. */
const page = base + 0x1000n;
const modes = { off: 0n, tor: 1n, na4: 2n, napot: 3n } as const;
const machineLoads = 1n << 17n;
const causes = { load: 5n, store: 7n } as const;

interface Entry {
  readonly mode: keyof typeof modes;
  readonly permissions: bigint;
  readonly address: bigint;
}

/** In units of four bytes; of a NAPOT entry the low ones say how large it is. */
const addresses = fc
  .record({ near: fc.constantFrom(page, page + 0x800n, page + 0x1000n), words: fc.bigInt(-6n, 6n), ones: fc.nat(12) })
  .map(({ near, words, ones }) => {
    const low = (1n << BigInt(ones)) - 1n;
    return ones > 8 ? (((near >> 2n) + words) & ~(low << 1n)) | low : (near >> 2n) + words;
  });
const entry = fc.record<Entry>({
  mode: fc.constantFrom('off', 'tor', 'na4', 'napot'),
  permissions: fc.constantFrom(0n, 1n, 2n, 3n, 7n, 7n),
  address: addresses,
});
const access = fc.record({
  kind: fc.constantFrom('load', 'store'),
  log2: fc.nat(3),
  near: fc.constantFrom(page, page + 0x800n, page + 0x1000n),
  units: fc.bigInt(-4n, 4n),
});
/** Accesses; now and then another entry in place of one, or all of them as they were at first. */
const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: access },
    { weight: 2, arbitrary: fc.record({ index: fc.nat(3), entry }) },
    { weight: 1, arbitrary: fc.constant('put back' as const) },
  ),
  { maxLength: 60, size: 'max' },
);

/** First and last byte; undefined: none. */
function rangeOf({ mode, address }: Entry, before: Entry | undefined): readonly [bigint, bigint] | undefined {
  if (mode === 'off') return undefined;
  if (mode === 'na4') return [address << 2n, (address << 2n) + 3n];
  if (mode === 'tor') {
    const from = (before?.address ?? 0n) << 2n;
    return from < address << 2n ? [from, (address << 2n) - 1n] : undefined;
  }
  let size = 8n;
  for (let rest = address; rest & 1n; rest >>= 1n) size <<= 1n;
  const from = (address << 2n) & ~(size - 1n);
  return [from, from + size - 1n];
}

/** As the privileged manual has it, for a mode below M: the entry with the lowest number that has any byte decides. */
function allows(entries: readonly Entry[], first: bigint, last: bigint, wanted: bigint): boolean {
  for (const [index, entry] of entries.entries()) {
    const range = rangeOf(entry, entries[index - 1]);
    if (!range || last < range[0] || first > range[1]) continue;
    return range[0] <= first && last <= range[1] && (entry.permissions & wanted) !== 0n;
  }
  return false;
}

describe('PMP entries', () => {
  it('allow what the manual says, whatever was accessed before and however they change meanwhile', () => {
    const loads = ['lbu a0,0(a1)', 'lhu a0,0(a1)', 'lwu a0,0(a1)', 'ld a0,0(a1)'];
    const stores = ['sb a0,0(a1)', 'sh a0,0(a1)', 'sw a0,0(a1)', 'sd a0,0(a1)'];
    const guest = new Guest([...loads, ...stores]);
    const write = (entries: readonly Entry[]): void => {
      for (const [index, { address }] of entries.entries()) guest.core.writeCsr(0, csrs.pmpaddr0 + index, address);
      const config = entries.map(({ mode, permissions }) => (modes[mode] << 3n) | permissions);
      guest.core.writeCsr(
        0,
        csrs.pmpcfg0,
        config.reduceRight((all, each) => (all << 8n) | each, 0n),
      );
    };
    /** Loads and stores in M mode with the rights of U mode: fetches are not refused. This empties TLBs. */
    const withRightsOfUser = (): void => {
      guest.core.writeCsr(0, csrs.mstatus, machineLoads);
      guest.core.setPrivilege(0, 3);
    };
    const property = fc.property(fc.array(entry, { minLength: 4, maxLength: 4 }), steps, (first, stepsTaken) => {
      let entries: readonly Entry[] = first;
      write(entries);
      withRightsOfUser();
      const earlier = { state: guest.core.keep(), entries };
      for (const step of stepsTaken) {
        if (step === 'put back') {
          guest.core.putBack(earlier.state);
          entries = earlier.entries;
          continue;
        }
        if ('entry' in step) {
          entries = entries.map((each, index) => (index === step.index ? step.entry : each));
          write(entries);
          continue;
        }
        const size = 1n << BigInt(step.log2);
        const address = step.near + step.units * size;
        guest.core.pc.set(0, base + BigInt((step.kind === 'load' ? 0 : 16) + 4 * step.log2));
        guest.set({ a1: address });
        guest.run(1);
        const isRefused = guest.core.pc.get(0) >= BigInt(ramBase + handlerOffset);
        const isAllowed = allows(entries, address, address + size - 1n, step.kind === 'load' ? 1n : 2n);
        assert.equal(isRefused, !isAllowed, `${step.kind} ${address.toString(16)}`);
        if (!isRefused) continue;
        assert.equal(guest.csr(csrs.mcause), causes[step.kind]);
        withRightsOfUser();
      }
    });
    fc.assert(property, { numRuns: 2000 });
  });
});
