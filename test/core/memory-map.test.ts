import assert from 'node:assert/strict';
import { behindRam } from '../../debug-adapter/emulator/core/guest-memory';
import * as map from '../../debug-adapter/emulator/core/memory-map';
import { createGuestCore } from '../../debug-adapter/emulator/core/wasm-guest-core';
import { coreModule, defaultOptions, Guest, noBus } from './guest';

/** What stands where, from below: [start, bytes at most]. */
const regions: readonly (readonly [name: string, start: number, byteCount: number])[] = [
  ['exchange words', map.RETIRED, map.BLOCKS_LIMIT + 4 - map.RETIRED],
  ['current hart', map.PC, map.PC_TABLE + 4 - map.PC],
  ['static data', map.STATIC_DATA, map.TRANSIENT_BLOCK - map.STATIC_DATA],
  ['transient block', map.TRANSIENT_BLOCK, 8 * map.RECORD_BYTES],
  ['fetch buffer', map.FETCH_BUFFER, map.PAGE_BYTES],
  ['turns', map.TURNS, map.HART_COUNT_MAX * map.TURN_BYTES],
  ['words of turns', map.TURNS_SALTS, map.PLAN_ROUND_BYTES + 4 - map.TURNS_SALTS],
  ['plan', map.PLAN, (map.PLAN_ROUND_COUNT_MAX + 1) * map.HART_COUNT_MAX * map.PLAN_ENTRY_BYTES],
  ['borders of quanta', map.PLAN_BORDERS, (map.PLAN_ROUND_COUNT_MAX + 1) * map.HART_COUNT_MAX * 4],
  ['compared page', map.COMPARED, map.PAGE_BYTES],
  ['breakpoints', map.BREAKPOINTS, map.BREAKPOINT_COUNT_MAX * 8],
  ['harts', map.HARTS, map.HART_COUNT_MAX * map.HART_BYTES],
  ['page flags', map.PAGE_FLAGS, map.RAM_PAGE_COUNT_MAX],
  ['page states', map.PAGE_STATES, map.RAM_PAGE_COUNT_MAX],
  ['page actors', map.PAGE_ACTORS, map.RAM_PAGE_COUNT_MAX],
  ['page tables', map.PAGE_TABLES, map.RAM_PAGE_COUNT_MAX * 4],
  ['kept pages', map.PAGE_KEPT, map.RAM_PAGE_COUNT_MAX],
  ['versions of records', map.RECORDS_VERSIONS, 4 * Math.ceil(map.RAM_PAGE_COUNT_MAX / map.PAGES_PER_VERSION)],
  ['executed pages', map.EXECUTED, map.EXECUTED_COUNT],
  ['RAM', map.RAM, map.RAM_PAGE_COUNT_MAX * map.PAGE_BYTES],
];

describe("the core's memory map", () => {
  it('has no two regions that overlap, and ends within what wasm32 can address', () => {
    let end = 0;
    for (const [name, start, byteCount] of regions) {
      assert.ok(start >= end, `${name} begins inside the region before it`);
      end = start + byteCount;
    }
    assert.ok(end + 0x10000 <= 2 ** 32);
    assert.ok(map.HART_DISCARD >= map.HART_KEPT_BYTES && map.HART_DISCARD + 8 <= map.HART_TLBS);
    assert.ok(map.HART_TLBS + map.TLB_GROUP_COUNT * map.TLB_GROUP_BYTES <= map.HART_BYTES);
    assert.ok(map.TLB_WRITE >= map.TLB_READ + map.TLB_DATA_ENTRIES * map.TLB_ENTRY_BYTES);
    assert.ok(map.TLB_FETCH >= map.TLB_WRITE + map.TLB_DATA_ENTRIES * map.TLB_ENTRY_BYTES);
    assert.ok(map.TLB_GROUP_BYTES >= map.TLB_FETCH + map.TLB_FETCH_ENTRIES * map.TLB_ENTRY_BYTES);
  });

  it('has room behind RAM of any size for what belongs to its pages, in that order', () => {
    for (const pageCount of [1, 256, 1000, 16384, map.RAM_PAGE_COUNT_MAX]) {
      const ramEnd = map.RAM + pageCount * map.PAGE_BYTES;
      const { times, blockTables, blocks, held } = behindRam(ramEnd - map.RAM);
      assert.ok(times >= ramEnd + 8);
      assert.ok(blockTables >= times + pageCount * 8);
      assert.ok(blocks >= blockTables + map.BLOCK_TABLE_BYTES);
      assert.ok(held > blocks && held + map.HELD_READ_BYTES < 2 ** 32);
    }
  });

  it("leaves room between the module's static data and what follows", () => {
    const { buffer } = new Guest().core.ram;
    const bytes = new Uint8Array(buffer, map.STATIC_DATA, map.TRANSIENT_BLOCK - map.STATIC_DATA);
    let last = bytes.length - 1;
    while (bytes[last] === 0) last--;
    assert.ok(last > 0 && last < bytes.length - 256);
  });
});

describe('createGuestCore', () => {
  const create = (options: Partial<typeof defaultOptions>) => () =>
    createGuestCore(coreModule(), { ...defaultOptions, ...options }, noBus);

  it('says what to do about RAM that WebAssembly cannot hold', () => {
    assert.throws(create({ ramByteCount: 2 ** 32 }), /4096 MiB of RAM do not fit .* give 4016 MiB or less/);
    assert.throws(create({ ramByteCount: 1000 }), /give a multiple of 4096 bytes/);
  });

  it('says how many harts there may be', () => {
    assert.throws(create({ hartCount: 9 }), /9 harts: give a number from 1 to 8/);
  });

  it('makes a guest with as much RAM as fits', () => {
    const guest = new Guest(['sb a0,-1(a1)', 'lbu a2,-1(a1)'], { ramByteCount: map.RAM_PAGE_COUNT_MAX * 4096 });
    guest.set({ a0: 5n, a1: 0x8000_0000 + map.RAM_PAGE_COUNT_MAX * 4096 });
    guest.run(2);
    assert.equal(guest.get('a2'), 5n);
    guest.core.pages.protectAll();
    assert.equal(guest.core.pages.isProtected(map.RAM_PAGE_COUNT_MAX - 1), true);
  });
});
