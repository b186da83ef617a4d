import { DebuggeeError } from '../debuggee/debuggee';
import type { Stop } from '../debuggee/stop';
import type { ThreadId, ThreadInfo } from '../debuggee/thread';
import { fromHex, hexOf, hexOfText, parseNumber } from './hex';
import { ack, bytesOf, encodePacket, nack, PacketReader, type Received } from './packets';
import { GdbPoints, noPoints, type Point } from './points';
import { parseContinue, type Resume, threadOf } from './resume';
import { type StopDetails, shownText, stopReply } from './stop-reply';
import type { Target } from './target';
import { Registers } from './target-description';

/** Of a packet, in either direction. */
const packetByteCountMax = 0x4000;
/** Bytes that an answer has room for, in hexadecimal digits. */
const memoryByteCountMax = packetByteCountMax / 2 - 64;

const ok = 'OK';
/** QEMU's numbers (errno): EFAULT, EINVAL, and EBUSY for what needs a debuggee that stands still. */
const noMemory = 'E14';
const badPacket = 'E22';
const isBusy = 'E16';
/** A packet that this stub does not know. */
const unknown = '';

type Answer = string | undefined | Promise<string>;

/** One gdb, connected to one debuggee. In all-stop mode gdb is told of a stop only where it has let the debuggee run. */
export class GdbStub {
  readonly #reader = new PacketReader(packetByteCountMax);
  readonly #points: GdbPoints;
  readonly #registers: Registers;
  /** As it was sent last: gdb may ask for it again. */
  #sent: Uint8Array | undefined;
  /** It has let the debuggee run, or asked how it stands, and waits to be told. */
  #isWaiting = false;
  /** What registers and memory are about (`Hg`), and what goes on (`Hc`); undefined: the hart of the stop. */
  #looksAt: number | undefined;
  #steps: number | undefined;
  /** `m`, `M` and `X` are about physical memory (QEMU's `PhyMemMode`). */
  #isPhysical = false;
  #goesBack = false;
  /** The watchpoint that was hit last, and the instant right behind the access. */
  #watched: { readonly watchpoint: Point; readonly at: number } | undefined;
  /** Nothing follows. */
  #isOver = false;

  /** @param send bytes to gdb; `close` afterwards, if nothing follows */
  constructor(
    private readonly target: Target,
    private readonly connection: { send(bytes: Uint8Array): void; close(): void },
  ) {
    this.#points = new GdbPoints(target.debuggee);
    this.#registers = new Registers(target.debuggee);
  }

  receive(bytes: Uint8Array): void {
    for (const received of this.#reader.read(bytes)) {
      if (this.#isOver) return;
      this.#receive(received);
    }
  }

  /** The debuggee stands still, whoever has let it run. */
  onStop(stop: Stop, details: StopDetails): void {
    const wentBack = this.#goesBack;
    const isBeginning = wentBack && this.#instant === 0;
    this.#goesBack = false;
    this.#registers.shownPc = undefined;
    if (!this.#isWaiting) return;
    // A stop by a breakpoint of gdb's own needs no words.
    const isOurs = 'breakpointIds' in stop && stop.breakpointIds.some((id) => id < 0);
    const text = isOurs ? undefined : details.text;
    if (text !== undefined) for (const packet of shownText(`${text}\n`, packetByteCountMax - 64)) this.#send(packet);
    this.#looksAt = this.#numberOf(stop.thread);
    const watchpoint = 'breakpointIds' in stop ? this.#points.watchpoint(stop.breakpointIds) : undefined;
    if (watchpoint && stop.reason === 'data-breakpoint') {
      this.#watched = { watchpoint, at: this.#instant };
      if (!wentBack) this.#showBefore(stop);
    }
    this.#tell(stop, { ...details, isBeginning, watchpoint });
  }

  #tell(stop: Stop, details: StopDetails): void {
    this.#isWaiting = false;
    this.#send(stopReply(stop, this.#number, details));
  }

  /**
   * For gdb a watchpoint stops a RISC-V hart before the access (its `have_nonsteppable_watchpoint`, as QEMU does): it lets
   * the hart make the access by a step of its own before it looks. Here the access has been made: pc is shown where it was, and that step is
   * answered without a run.
   */
  #showBefore({ thread, access: { pc } }: Extract<Stop, { reason: 'data-breakpoint' }>): void {
    if (pc !== undefined) this.#registers.shownPc = { thread, pc };
  }

  /** Whether a step, or a run to the next instruction, is the one over an access that has been made. */
  #stepsOverAccess(isStep: boolean): boolean {
    const shown = this.#registers.shownPc;
    this.#registers.shownPc = undefined;
    if (!shown) return false;
    const pc = this.target.debuggee.names(shown.thread).lookup('pc');
    return isStep || this.#points.all.addresses.some(({ address }) => address === pc);
  }

  /** The debuggee is gone. */
  end(): void {
    if (this.#isOver) return;
    if (this.#isWaiting) this.#send('W00');
    this.close();
  }

  /** gdb is gone, or is to go; what it has set goes with it. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.target.setPoints(noPoints);
    this.connection.close();
  }

  #receive(received: Received): void {
    switch (received.kind) {
      case 'packet':
        this.#acknowledge(ack);
        this.#answer(received.data);
        return;
      case 'too-long':
        this.#acknowledge(ack);
        this.#send(badPacket);
        return;
      case 'broken':
        this.#acknowledge(nack);
        return;
      case 'interrupt':
        if (this.target.isRunning) this.target.pause();
        return;
      case 'nack':
        if (this.#sent) this.connection.send(this.#sent);
        return;
      case 'ack':
        this.#sent = undefined;
        return;
      default:
        received satisfies never;
    }
  }

  #acknowledge(how: string): void {
    this.connection.send(bytesOf(how));
  }

  #send(data: string): void {
    if (this.#isOver) return;
    this.#sent = encodePacket(data);
    this.connection.send(this.#sent);
  }

  #answer(data: string): void {
    const answer = this.#answerTo(data);
    if (answer instanceof Promise) void answer.then((text) => this.#send(text));
    else if (answer !== undefined) this.#send(answer);
  }

  /** Undefined: there is none, or it comes at the next stop. */
  #answerTo(data: string): Answer {
    const rest = data.slice(1);
    switch (data[0]) {
      case '?':
        return this.#standing();
      case 'q':
        return this.#query(data);
      case 'Q':
        return this.#set(data);
      case 'v':
        return this.#verbose(data);
      case 'H':
        return this.#select(rest);
      case 'T':
        return this.#isThread(threadOf(rest)) ? ok : badPacket;
      case 'c':
      case 'C':
      case 's':
      case 'S':
        return this.#resumeFrom(data);
      case 'b':
        return this.#back(rest);
      case 'z':
      case 'Z':
        return this.#point(data);
      case 'g':
        return this.#still(() => this.#registers.readAll(this.#thread));
      case 'p':
        return this.#still(() => this.#readRegister(rest));
      case 'G':
        return this.#still(() => this.#writeRegisters(rest));
      case 'P':
        return this.#still(() => this.#writeRegister(rest));
      case 'm':
        return this.#still(() => this.#readMemory(rest));
      case 'M':
      case 'X':
        return this.#still(() => this.#writeMemory(data));
      case 'D':
        return this.#detach();
      case 'k':
        this.target.kill();
        return undefined;
      default:
        return unknown;
    }
  }

  #still(answer: () => string): string {
    return this.target.isRunning ? isBusy : answer();
  }

  /** A debuggee that runs is told to stop: gdb thinks that it stands still. */
  #standing(): Answer {
    const { stop, isRunning } = this.target;
    if (isRunning || !stop) {
      this.#isWaiting = true;
      if (isRunning) this.target.pause();
      if (isRunning) return undefined;
    }
    this.#isWaiting = false;
    return stopReply(stop ?? { reason: 'entry', thread: this.#thread }, this.#number, {});
  }

  #query(data: string): Answer {
    const [name = '', ...rest] = data.split(/[:,]/);
    switch (name) {
      case 'qSupported': {
        const back = this.target.debuggee.history ? ';ReverseContinue+;ReverseStep+' : '';
        const size = packetByteCountMax.toString(16);
        return `PacketSize=${size};qXfer:features:read+;qXfer:threads:read+;vContSupported+${back}`;
      }
      case 'qXfer':
        return this.#transfer(rest);
      case 'qAttached':
        return '1';
      case 'qC':
        return `QC${this.#number.toString(16)}`;
      case 'qfThreadInfo':
        return `m${this.#numbers.map((number) => number.toString(16)).join(',')}`;
      case 'qsThreadInfo':
        return 'l';
      case 'qThreadExtraInfo':
        return this.#threadText(threadOf(rest[0]));
      case 'qRcmd':
        return this.#monitor(rest[0] ?? '');
      case 'qqemu.Supported':
        return 'PhyMemMode';
      case 'qqemu.PhyMemMode':
        return this.#isPhysical ? '1' : '0';
      default:
        return unknown;
    }
  }

  #set(data: string): Answer {
    const [, mode] = /^Qqemu\.PhyMemMode:([01])$/.exec(data) ?? [];
    if (mode === undefined) return unknown;
    this.#isPhysical = mode === '1';
    return ok;
  }

  #verbose(data: string): Answer {
    if (data === 'vCont?') return 'vCont;c;C;s;S';
    if (data.startsWith('vCont;')) {
      const resume = parseContinue(data.slice('vCont;'.length));
      return resume ? this.#resume(resume) : badPacket;
    }
    if (!data.startsWith('vKill')) return unknown;
    this.target.kill();
    return ok;
  }

  #transfer([object, operation, annex, offset, length]: readonly string[]): string {
    if (operation !== 'read') return unknown;
    const document = this.#document(object, annex);
    if (document === undefined) return object === 'features' ? 'E00' : unknown;
    const [from, count] = [parseNumber(offset), parseNumber(length)];
    if (from === undefined || count === undefined) return badPacket;
    const piece = document.slice(Number(from), Number(from) + Math.min(Number(count), packetByteCountMax / 2));
    return `${Number(from) + piece.length < document.length ? 'm' : 'l'}${piece}`;
  }

  #document(object: string | undefined, annex: string | undefined): string | undefined {
    if (object === 'features' && annex === 'target.xml') return this.#registers.description;
    if (object !== 'threads' || annex !== '') return undefined;
    const threads = this.#harts.map(
      ({ id, state }, index) =>
        `<thread id="${(index + 1).toString(16)}" core="${index}" name="${id}">${state}</thread>`,
    );
    return `<?xml version="1.0"?><threads>${threads.join('')}</threads>`;
  }

  #threadText(number: number | undefined): string {
    const info = number === undefined ? undefined : this.#harts[number - 1];
    return info ? hexOfText(`${info.id}, ${info.state}`) : badPacket;
  }

  /** What the monitor refuses is what it prints. */
  #monitor(hex: string): Answer {
    const bytes = fromHex(hex);
    if (!bytes) return badPacket;
    const printed = this.target.monitor(new TextDecoder().decode(bytes)).catch((error: unknown) => {
      if (error instanceof Error) return `${error.message}\n`;
      throw error;
    });
    return printed.then((text) => {
      for (const packet of shownText(text, packetByteCountMax - 64)) this.#send(packet);
      return ok;
    });
  }

  #select(rest: string): Answer {
    const number = threadOf(rest.slice(1));
    if (number !== undefined && !this.#isThread(number)) return badPacket;
    if (rest[0] === 'g') this.#looksAt = number;
    else if (rest[0] === 'c') this.#steps = number;
    else return badPacket;
    return ok;
  }

  /** `c`, `s`, and the same with a signal: perhaps from another address. */
  #resumeFrom(data: string): Answer {
    const [, action, , address] = /^([cs]|[CS][0-9a-f]{2}(;?))([0-9a-f]*)$/i.exec(data) ?? [];
    if (action === undefined || this.target.isRunning) return badPacket;
    const pc = address ? parseNumber(address) : undefined;
    if (pc !== undefined) this.#setRegister('pc', pc);
    return this.#resume({ step: /^s/i.test(action) ? { thread: this.#steps } : undefined, only: undefined });
  }

  /** Others may have let it run in the meantime: then gdb waits with them. */
  #resume({ step, only }: Resume): Answer {
    const numbers = this.#numbers;
    const named = [step?.thread, only].filter((number) => number !== undefined);
    if (!named.every((number) => numbers.includes(number))) return badPacket;
    if (this.target.isRunning && step) return isBusy;
    this.#isWaiting = true;
    if (this.target.isRunning) return undefined;
    if (this.#stepsOverAccess(step !== undefined)) {
      this.#tell({ reason: 'step', thread: this.#thread }, {});
      return undefined;
    }
    // A hart that is alone has no others that could stand still; the VMM's threads go on, as a real one's do.
    const alone = only !== undefined && numbers.length > 1 ? { only: this.#idOf(only) } : {};
    if (!step) this.target.run({ kind: 'continue', ...alone });
    else {
      const thread = step.thread === undefined ? this.#thread : this.#idOf(step.thread);
      this.target.run({ kind: 'step', thread, depth: 'into', unit: 'instruction', ...alone });
    }
    return undefined;
  }

  #back(how: string): Answer {
    if (!this.target.debuggee.history || (how !== 'c' && how !== 's')) return unknown;
    if (this.target.isRunning) return isBusy;
    this.#isWaiting = true;
    this.#registers.shownPc = undefined;
    const { watchpoint, at } = this.#watched ?? {};
    // To go back over this access is to come to it.
    if (how === 'c' && watchpoint && at === this.#instant && this.#points.has(watchpoint)) {
      this.#tell({ reason: 'step', thread: this.#thread }, { watchpoint });
      return undefined;
    }
    this.#goesBack = true;
    if (how === 'c') this.target.back({ kind: 'continue' });
    else {
      const thread = this.#steps === undefined ? this.#thread : this.#idOf(this.#steps);
      this.target.back({ kind: 'step', thread, depth: 'into', unit: 'instruction' });
    }
    return undefined;
  }

  #point(data: string): Answer {
    const [, how, type, address, kind] = /^([zZ])([0-4]),([0-9a-f]+),([0-9a-f]+)(?:;.*)?$/.exec(data) ?? [];
    const [at, count] = [parseNumber(address), parseNumber(kind)];
    if (at === undefined || count === undefined) return data[1] !== undefined && data[1] > '4' ? unknown : badPacket;
    const point: Point = { type: Number(type), address: at, byteCount: Number(count) };
    if (how === 'z') this.#points.remove(point);
    else if (!this.#points.add(point, this.#thread)) return badPacket;
    this.target.setPoints(this.#points.all);
    return ok;
  }

  #readRegister(rest: string): string {
    const number = parseNumber(rest);
    return (number === undefined ? undefined : this.#registers.read(this.#thread, Number(number))) ?? badPacket;
  }

  #writeRegister(rest: string): string {
    const [number, hex = ''] = rest.split('=');
    const written = this.#registers.written(Number(parseNumber(number) ?? -1n), hex);
    return written ? this.#write(() => this.#setRegister(written.name, written.value)) : badPacket;
  }

  #writeRegisters(hex: string): string {
    const all = this.#registers.writtenTogether(hex);
    if (!all) return badPacket;
    return this.#write(() => {
      for (const { name, value } of all) this.#setRegister(name, value);
    });
  }

  #setRegister(name: string, value: bigint): void {
    this.#registers.shownPc = undefined;
    this.target.setRegister(this.#thread, name, value);
  }

  /** What can be read of it, if not all. */
  #readMemory(rest: string): string {
    const [at, count] = rest.split(',').map(parseNumber);
    if (at === undefined || count === undefined) return badPacket;
    const byteCount = Math.min(Number(count), memoryByteCountMax);
    const { debuggee } = this.target;
    const bytes = this.#isPhysical
      ? debuggee.readPhysicalMemory(Number(at), byteCount)
      : debuggee.readMemory(this.#thread, at, byteCount);
    return bytes.length === 0 && byteCount > 0 ? noMemory : hexOf(bytes);
  }

  #writeMemory(data: string): string {
    const [, address, length, given = ''] = /^[MX]([0-9a-f]+),([0-9a-f]+):([\s\S]*)$/.exec(data) ?? [];
    const [at, count] = [parseNumber(address), parseNumber(length)];
    const bytes = data[0] === 'X' ? bytesOf(given) : fromHex(given);
    if (at === undefined || bytes === undefined || bytes.length !== Number(count)) return badPacket;
    if (bytes.length === 0) return ok;
    return this.#write(() => this.target.writeMemory(this.#isPhysical ? undefined : this.#thread, at, bytes), noMemory);
  }

  #write(write: () => void, refused = badPacket): string {
    try {
      write();
      return ok;
    } catch (error) {
      if (error instanceof DebuggeeError) return refused;
      throw error;
    }
  }

  /** As QEMU's guest does, this one goes on. */
  #detach(): undefined {
    this.#send(ok);
    this.close();
    if (!this.target.isRunning) this.target.run({ kind: 'continue' });
    return undefined;
  }

  /** How far the run has come. */
  get #instant(): number {
    return this.target.debuggee.status().instant.events;
  }

  /** The first one is gdb's thread 1: 0 means any. */
  get #harts(): readonly ThreadInfo[] {
    return this.target.debuggee.threads().filter(({ role }) => role === 'hart');
  }

  /** Undefined for a thread that is no hart. */
  #numberOf(thread: ThreadId | undefined): number | undefined {
    const index = this.#harts.findIndex(({ id }) => id === thread);
    return index < 0 ? undefined : index + 1;
  }

  #idOf(number: number): ThreadId {
    return this.#harts[number - 1]!.id;
  }

  get #numbers(): readonly number[] {
    return this.#harts.map((_, index) => index + 1);
  }

  #isThread(number: number | undefined): boolean {
    return number !== undefined && this.#numbers.includes(number);
  }

  get #number(): number {
    return this.#looksAt ?? this.#numberOf(this.target.stop?.thread) ?? 1;
  }

  get #thread(): ThreadId {
    return this.#idOf(this.#number);
  }
}
