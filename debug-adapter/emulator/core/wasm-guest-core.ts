import { DebuggeeError } from '../../debuggee/debuggee';
import { type Pieces, whole } from '../../debuggee/pieces';
import type { Bus } from './bus';
import { CodeGenerator, functionTable } from './codegen/code-generator';
import type { CoreExports } from './core-exports';
import { type GuestCore, type GuestCoreOptions, type KeptCore, pageByteCount, ramBase } from './guest-core';
import type { HartStop, HartTriggers, HartTurns, Reservation, TurnsTaken } from './guest-harts';
import { allocate, behindRam } from './guest-memory';
import type { WatchedRange, WatchHit } from './guest-ram';
import * as map from './memory-map';
import { busFunctions } from './wasm-bus';
import { WasmGuestPages } from './wasm-guest-pages';
import { WasmHeldPages } from './wasm-held-pages';
import { WatchedBytes } from './watched-bytes';

/** As the core has it, signed. */
const notReserved = -1n;
const accesses = { read: 0, write: 1, execute: 2 } as const;
/** A longer run would keep V8 from replacing the interpreter's loop by its optimised form. */
const instructionCountPerCallMax = 500_000;
/** That takes a few milliseconds. */
const pagesPerHash = 2048;
/** When so many change, what is decoded of most pages goes. */
const manyBreakpoints = 16;

// These are read so often that even an imported constant would tell.
const retiredWord = map.RETIRED / 4;
const stopCount = map.STOP_COUNT;
const accessCountWord = map.ACCESS_COUNT / 4;
const clock = map.CLOCK;
const latestClock = map.LATEST_CLOCK;

/**
 * Makes the harts and their RAM from the compiled core. One instance has one memory, allocated here once.
 * @throws DebuggeeError when the RAM or the number of harts is more than the core can hold.
 */
export function createGuestCore(module: WebAssembly.Module, options: GuestCoreOptions, bus: Bus): GuestCore {
  const { hartCount, ramByteCount } = options;
  const ramPageCount = ramByteCount / pageByteCount;
  if (!Number.isInteger(ramPageCount) || ramPageCount < 1) {
    throw new DebuggeeError('ram-size', `${ramByteCount} bytes of RAM: give a multiple of 4096 bytes, e.g. "64M".`);
  }
  if (ramPageCount > map.RAM_PAGE_COUNT_MAX) {
    const maxMib = (map.RAM_PAGE_COUNT_MAX * pageByteCount) / 2 ** 20;
    throw new DebuggeeError(
      'ram-size',
      `${Math.round(ramByteCount / 2 ** 20)} MiB of RAM do not fit into a WebAssembly memory: give ${maxMib} MiB or less.`,
    );
  }
  if (!Number.isInteger(hartCount) || hartCount < 1 || hartCount > map.HART_COUNT_MAX) {
    throw new DebuggeeError('hart-count', `${hartCount} harts: give a number from 1 to ${map.HART_COUNT_MAX}.`);
  }
  return new WasmGuestCore(module, options, ramPageCount, allocate(ramByteCount), bus);
}

class WasmGuestCore implements GuestCore {
  readonly ram: Uint8Array;
  readonly pages: WasmGuestPages;
  readonly held: WasmHeldPages;
  readonly executedPages: Uint8Array;
  readonly pc = {
    get: (hart: number): bigint => BigInt.asUintN(64, this.#core.readPc(hart)),
    set: (hart: number, value: bigint): void => this.#core.writePc(hart, value),
  };
  readonly watchHits: WatchHit[];
  retired = 0;
  readonly #watched: WatchedBytes;
  readonly #core: CoreExports;
  readonly #generator: CodeGenerator;
  readonly #memory: DataView;
  readonly #flags: Uint8Array;
  readonly #compared: Uint8Array;
  readonly #words: Int32Array;
  readonly #nsPerInstruction: number;
  /** What devices do is the caller's: a hart that would have one do something waits until the turns are over. */
  #takesTurns = false;
  readonly #hartCount: number;

  constructor(
    module: WebAssembly.Module,
    options: GuestCoreOptions,
    ramPageCount: number,
    memory: WebAssembly.Memory,
    bus: Bus,
  ) {
    const { buffer } = memory;
    const { times, blockTables, blocks, held } = behindRam(options.ramByteCount);
    this.ram = new Uint8Array(buffer, map.RAM, options.ramByteCount);
    this.#memory = new DataView(buffer);
    this.#flags = new Uint8Array(buffer, map.PAGE_FLAGS, ramPageCount);
    this.#words = new Int32Array(buffer, 0, map.HARTS / 4);
    this.#compared = new Uint8Array(buffer, map.COMPARED, pageByteCount);
    this.executedPages = new Uint8Array(buffer, map.EXECUTED, map.EXECUTED_COUNT);
    this.#hartCount = options.hartCount;
    this.#nsPerInstruction = options.nsPerInstruction;
    const table = functionTable();
    const instance = new WebAssembly.Instance(module, { env: { memory, table }, host: this.#hostFunctions(bus) });
    // The exports object itself is slow to read from: a call through it costs 260 ns more than one through a copy.
    this.#core = { ...instance.exports } as unknown as CoreExports;
    this.#generator = new CodeGenerator(memory, table, this.#core, options.codeGeneration ?? 'hot');
    this.#words[map.TIMES_BEGIN / 4] = times;
    this.#words[map.TABLES_BEGIN / 4] = blockTables;
    this.#words[map.BLOCKS_BEGIN / 4] = blocks;
    this.#words[map.BLOCKS_LIMIT / 4] = held;
    this.#core.initialize(options.hartCount, ramPageCount, options.nsPerInstruction);
    this.pages = new WasmGuestPages(this.#core, buffer, times, ramPageCount);
    this.held = new WasmHeldPages(this.#core, this.#memory, held);
    this.#watched = new WatchedBytes(this.ram, this.#flags, {
      dropFromDataTlbs: (page) => this.#core.dropFromDataTlbs(page),
      pc: () => this.pc.get(this.#words[map.HART_INDEX / 4]!),
    });
    this.watchHits = this.#watched.hits;
  }

  run(hart: number, instructionCount: number, clockNs: number): HartStop {
    let retired = 0;
    let stop: number = stopCount;
    do {
      const countMax = Math.min(instructionCountPerCallMax, this.#generator.instructionsUntilLook);
      const count = Math.min(instructionCount - retired, countMax);
      stop = this.#core.run(hart, count, clockNs + retired * this.#nsPerInstruction);
      retired += this.#words[retiredWord]!;
      this.#generator.noteRun(this.#words[retiredWord]!);
    } while (stop === stopCount && retired < instructionCount);
    this.retired = retired;
    return stop === stopCount ? counted : this.#stop(stop);
  }

  takeTurns(
    { clocksNs, untilNs, salts, quantumNs }: HartTurns,
    limitNs: number,
    instructionCountMax: number,
  ): TurnsTaken {
    for (let hart = 0; hart < this.#hartCount; hart++) {
      const turn = map.TURNS + hart * map.TURN_BYTES;
      this.#memory.setFloat64(turn + map.TURN_CLOCK, clocksNs[hart]!, true);
      this.#memory.setFloat64(turn + map.TURN_UNTIL, untilNs[hart]!, true);
      this.#memory.setUint32(map.TURNS_SALTS + hart * 4, salts[hart]!, true);
    }
    this.#words[map.QUANTUM_NS / 4] = quantumNs;
    const countMax = Math.min(instructionCountMax, instructionCountPerCallMax, this.#generator.instructionsUntilLook);
    this.#takesTurns = true;
    const stop = this.#core.takeTurns(limitNs, countMax);
    this.#takesTurns = false;
    const retired: number[] = [];
    let all = 0;
    for (let hart = 0; hart < this.#hartCount; hart++) {
      const count = this.#words[(map.TURNS + hart * map.TURN_BYTES + map.TURN_RETIRED) / 4]!;
      retired.push(count);
      all += count;
    }
    const last = this.#words[map.TURN_LAST / 4]!;
    this.retired = last < 0 ? 0 : this.#words[retiredWord]!;
    this.#generator.noteRun(all);
    // Nothing of the access has happened: the turn goes on with it.
    return {
      hart: last < 0 ? undefined : last,
      stop: stop === map.STOP_BUS_RETRY ? counted : this.#stop(stop),
      retired,
    };
  }

  get dirtied(): number {
    return this.#words[map.DIRTIED / 4]!;
  }

  requestStop(): void {
    this.#words[map.STOP_WANTED / 4] = 1;
    this.#words[map.LEAVE / 4] = 1;
  }

  get accessTimeNs(): number {
    return this.#memory.getFloat64(clock, true) + this.#words[accessCountWord]! * this.#nsPerInstruction;
  }

  get clockNs(): number {
    this.latestClockNs = Math.max(this.latestClockNs, this.accessTimeNs);
    return this.latestClockNs;
  }

  get latestClockNs(): number {
    return this.#memory.getFloat64(latestClock, true);
  }

  set latestClockNs(timeNs: number) {
    this.#memory.setFloat64(latestClock, timeNs, true);
  }

  get timeDelta(): bigint {
    return this.#memory.getBigInt64(map.TIME_DELTA, true);
  }

  set timeDelta(ticks: bigint) {
    this.#memory.setBigInt64(map.TIME_DELTA, ticks, true);
  }

  reset(hart: number, pc: bigint): void {
    this.#core.reset(hart, pc);
  }

  readX(hart: number, register: number): bigint {
    return this.#memory.getBigUint64(registerAt(hart, map.HART_X, register), true);
  }

  writeX(hart: number, register: number, value: bigint): void {
    if (register === 0) return;
    this.#memory.setBigUint64(registerAt(hart, map.HART_X, register), BigInt.asUintN(64, value), true);
  }

  readF(hart: number, register: number): bigint {
    return this.#memory.getBigUint64(registerAt(hart, map.HART_F, register), true);
  }

  writeF(hart: number, register: number, value: bigint): void {
    this.#memory.setBigUint64(registerAt(hart, map.HART_F, register), BigInt.asUintN(64, value), true);
  }

  privilege(hart: number): number {
    return this.#core.privilege(hart);
  }

  setPrivilege(hart: number, privilege: number): void {
    this.#core.changePrivilege(hart, privilege);
  }

  reservation(hart: number): Reservation | undefined {
    const address = this.#core.reservation(hart);
    if (address === notReserved) return undefined;
    return { address: BigInt.asUintN(64, address), value: BigInt.asUintN(64, this.#core.reservedValue(hart)) };
  }

  setReservation(hart: number, { address, value }: Reservation): void {
    this.#core.reserve(hart, address, value);
  }

  readCsr(hart: number, csr: number): bigint | undefined {
    const value = this.#core.readCsr(hart, csr);
    return this.#words[map.CSR_MISSING / 4] === 0 ? BigInt.asUintN(64, value) : undefined;
  }

  writeCsr(hart: number, csr: number, value: bigint): void {
    this.#core.writeCsr(hart, csr, value);
  }

  triggers(hart: number): HartTriggers {
    const state = map.HARTS + hart * map.HART_BYTES;
    const word = (at: number) => this.#memory.getBigUint64(state + at, true);
    const triggers = Array.from({ length: map.TRIGGER_COUNT }, (_, index) => {
      const at = map.HART_TRIGGERS + index * map.TRIGGER_BYTES;
      return { tdata1: word(at), tdata2: word(at + 8) };
    });
    return { selected: Number(word(map.HART_TSELECT)), triggers };
  }

  setInterruptLine(hart: number, bit: number, level: boolean): void {
    this.#core.setInterruptLine(hart, bit, level ? 1 : 0);
  }

  supervisorTimerNs(hart: number): number {
    return this.#core.supervisorTimer(hart);
  }

  interruptPending(hart: number): boolean {
    return this.#core.interruptPending(hart) !== 0;
  }

  trapsInARow(hart: number): number {
    return this.#core.countTraps(hart);
  }

  translate(hart: number, address: bigint, access: 'read' | 'write' | 'execute'): number | undefined {
    const physical = this.#core.translate(hart, address, accesses[access]);
    return physical === -1n ? undefined : Number(physical);
  }

  setBreakpoints(addresses: readonly bigint[]): void {
    if (addresses.length > map.BREAKPOINT_COUNT_MAX) {
      throw new DebuggeeError('breakpoint-count', `More than ${map.BREAKPOINT_COUNT_MAX} breakpoints: remove some.`);
    }
    const wanted = addresses.map((address) => BigInt.asUintN(64, address));
    const [before, now] = [new Set(this.#breakpoints), new Set(wanted)];
    const changed = [...before, ...now].filter((address) => !before.has(address) || !now.has(address));
    const word = (index: number) => map.BREAKPOINTS + index * 8;
    for (const [index, address] of wanted.entries()) this.#memory.setBigUint64(word(index), address, true);
    this.#words[map.BREAKPOINT_COUNT / 4] = wanted.length;
    // What is decoded and generated elsewhere stays.
    if (changed.length > manyBreakpoints) this.#core.dropAllBlocks();
    else for (const address of changed) this.#core.dropBlocksAt(Number(address & 0xffen));
  }

  get #breakpoints(): bigint[] {
    return Array.from({ length: this.#words[map.BREAKPOINT_COUNT / 4]! }, (_, index) =>
      this.#memory.getBigUint64(map.BREAKPOINTS + index * 8, true),
    );
  }

  executedEntry(address: bigint): number {
    return Math.imul(Number(BigInt.asUintN(32, address >> 12n)), map.EXECUTED_FACTOR) >>> map.EXECUTED_SHIFT;
  }

  keep(): KeptCore {
    this.#core.saveHart();
    const harts = new Uint8Array(this.#hartCount * map.HART_KEPT_BYTES);
    for (let hart = 0; hart < this.#hartCount; hart++) {
      harts.set(this.#keptOf(hart), hart * map.HART_KEPT_BYTES);
    }
    return { harts, words: this.#sharedWords.slice(), pages: this.pages.keep() };
  }

  putBack({ harts, words, pages }: KeptCore): void {
    const hadTriggers = this.#hasExecuteTriggers;
    for (let hart = 0; hart < this.#hartCount; hart++) {
      this.#keptOf(hart).set(harts.subarray(hart * map.HART_KEPT_BYTES, (hart + 1) * map.HART_KEPT_BYTES));
    }
    this.#sharedWords.set(words);
    this.pages.putBack(pages);
    if (hadTriggers || this.#hasExecuteTriggers) this.#core.dropAllBlocks();
    // What the flags say of TLBs, decoded code and watched bytes is of then.
    const transient = map.FLAG_WRITE_TLB | map.FLAG_CODE | map.FLAG_WATCHED_WRITES | map.FLAG_WATCHED_READS;
    this.#core.changeAllFlags(~transient, 0);
    this.#core.takeUpHarts();
    this.#watched.watchAgain();
  }

  /** Code is decoded with regard to where they are. */
  get #hasExecuteTriggers(): boolean {
    return this.#words[map.EXECUTE_TRIGGER_COUNT / 4] !== 0;
  }

  /** A hart's registers, and what goes with them. */
  #keptOf(hart: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, map.HARTS + hart * map.HART_BYTES, map.HART_KEPT_BYTES);
  }

  /** What all harts share, from the latest time that any has read to the count of triggers. */
  get #sharedWords(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, map.LATEST_CLOCK, map.EXECUTE_TRIGGER_COUNT + 4 - map.LATEST_CLOCK);
  }

  watch(ranges: readonly WatchedRange[]): void {
    this.#watched.watch(ranges);
  }

  isZero(page: number): boolean {
    return this.#core.isZero(page) !== 0;
  }

  firstDifference(page: number, bytes: Uint8Array): number {
    this.#compared.set(bytes);
    return this.#core.firstDifference(page);
  }

  writeRam(offset: number, bytes: Uint8Array, actor = 0xff, timeNs = 0): void {
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const inPage = at % pageByteCount;
      const byteCount = Math.min(pageByteCount - inPage, bytes.length - done);
      this.#core.externalWrite(Math.floor(at / pageByteCount), inPage, byteCount, actor, timeNs);
      this.ram.set(bytes.subarray(done, done + byteCount), at);
      done += byteCount;
    }
  }

  stateHash(): bigint {
    return whole(this.stateHashInPieces());
  }

  *stateHashInPieces(): Pieces<bigint> {
    const { length: pageCount } = this.pages.states;
    let hash = BigInt(pageCount);
    for (let page = 0; page < pageCount; page += pagesPerHash) {
      if (page > 0) yield;
      hash = this.#core.hashPages(hash, page, Math.min(page + pagesPerHash, pageCount));
    }
    return BigInt.asUintN(64, this.#core.hashHarts(hash));
  }

  #stop(code: number): HartStop {
    switch (code) {
      case map.STOP_REQUESTED:
        return requested;
      case map.STOP_BREAKPOINT:
        return breakpoint;
      case map.STOP_WFI:
        return wfi;
      case map.STOP_BUS_RETRY:
        return busRetry;
      case map.STOP_WRITE_FAULT: {
        const physicalAddress = this.#words[map.FAULT_PAGE / 4]! * pageByteCount + this.#words[map.FAULT_OFFSET / 4]!;
        return {
          kind: 'write-fault',
          page: this.#words[map.FAULT_PAGE / 4]!,
          physicalAddress: ramBase + physicalAddress,
        };
      }
      default:
        return counted;
    }
  }

  #noteWatched(page: number, inPage: number, byteCount: number, access: number, actor: number): void {
    const kind = access === map.WATCHED_READ ? 'read' : 'write';
    if (this.#watched.note(kind, page * pageByteCount + inPage, byteCount, actor)) this.requestStop();
  }

  /** What assembly/host.ts imports. */
  #hostFunctions(bus: Bus): Record<string, (...values: never[]) => unknown> {
    return {
      ...busFunctions(bus, this.#memory.buffer as ArrayBuffer, () => this.#takesTurns),
      preserve: (page: number, actor: number, timeNs: number): void => this.pages.preserve(page, actor, timeNs),
      makeRoom: (): void => this.held.makeRoom(),
      watched: (page: number, offset: number, byteCount: number, access: number, actor: number): void =>
        this.#noteWatched(page, offset, byteCount, access, actor),
    };
  }
}

/** Where it is in the memory. */
function registerAt(hart: number, file: number, register: number): number {
  return map.HARTS + hart * map.HART_BYTES + file + register * 8;
}

const counted: HartStop = { kind: 'count' };
const requested: HartStop = { kind: 'requested' };
const breakpoint: HartStop = { kind: 'breakpoint' };
const wfi: HartStop = { kind: 'wfi' };
const busRetry: HartStop = { kind: 'bus-retry' };
