import { CommandError, type Environment, type ExitCode, exitCode } from '../../command-line/environment';
import { verify } from '../../command-line/verify';
import type { Host, OutputReservation } from '../../debuggee/host';
import type { Phase } from '../../debuggee/phase';
import { attachQemu } from '../attach-qemu';
import { disksText } from '../disks';
import { waitsText } from '../fault-waits';
import { HeldSnapshot, type Place } from '../held-snapshot';
import { type PhasePlace, phaseOf, placeText } from '../places';
import { liftProtectionMidway } from '../repair';
import type { RunningQemu } from '../running-qemu';
import { uncomparedText } from '../snapshot-report';
import { measured } from '../standing';
import { startQemu } from '../start-qemu';

export interface HoldOptions {
  /** Of QEMU: its program and what that is given; empty for one that runs. */
  readonly command: readonly string[];
  /** The QMP socket of one that runs. */
  readonly qmp: string | undefined;
  readonly output: string | undefined;
  /** Until the snapshot begins, on the wall. */
  readonly afterMs: number;
  /** Phases at which a key is waited for. */
  readonly holdAt: readonly Phase[];
  /** Pages that go one by one before the rest goes at full speed. */
  readonly pageCount: number;
  /** The protection of all RAM is lifted behind QEMU's back, when these pages have gone. */
  readonly liftsProtection: boolean;
}

/** How long a guest runs unprotected: so long that it writes. */
const liftedNs = 100e6;
/** Names of bad pages that are printed. */
const badPageCountMax = 8;

/**
 * Takes a background snapshot of a real QEMU, held at each of its phases and at its first pages, and says what is to be seen
 * there; compares its pages with RAM at the freeze.
 */
export async function holdQemu(environment: Environment, host: Host, options: HoldOptions): Promise<ExitCode> {
  const [binary, ...args] = options.command;
  if ((binary === undefined) === (options.qmp === undefined)) {
    throw new CommandError(
      'Give either QEMU with its arguments behind `--`, or `--qmp` with the socket of one that runs.',
    );
  }
  const { reservation, file, commit } = openOutput(host, options.output);
  let qemu: RunningQemu | undefined;
  let snapshot: HeldSnapshot | undefined;
  const tidyUp = async (): Promise<void> => {
    await snapshot?.close();
    await qemu?.close();
    reservation?.release();
  };
  environment.beforeEnd(tidyUp);
  try {
    const listener = {
      onConsole: (bytes: Uint8Array) => environment.write(bytes),
      onMessage: (text: string) => environment.note(text),
      onQmpEvent: () => {},
    };
    qemu = options.qmp ? await attachQemu(options.qmp, listener) : await startQemu({ binary: binary!, args }, listener);
    environment.say(title(qemu));
    if (qemu.isOurs) await new Promise((resolve) => setTimeout(resolve, options.afterMs));
    snapshot = await HeldSnapshot.begin(qemu, file);
    await new Course(environment, qemu, snapshot, options).run();
    const isRight = report(environment, snapshot, (await qemu.runState()) ?? 'silent');
    const isWhole =
      isRight && commit && options.output !== undefined
        ? kept(environment, commit(), options.output, snapshot)
        : isRight;
    return isWhole ? exitCode.good : exitCode.different;
  } finally {
    await tidyUp();
  }
}

function openOutput(host: Host, output: string | undefined) {
  let reservation: OutputReservation | undefined;
  if (output === undefined) return { file: { write: () => undefined } };
  try {
    reservation = host.reserveOutput([output], []);
    const set = reservation.begin();
    return { reservation, file: set.create(output), commit: () => set.commit() as string | undefined };
  } catch (error) {
    reservation?.release();
    throw new CommandError(`${output} cannot be written: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function title({ pid, vcpus, blocks }: RunningQemu): string {
  const list = blocks.map(({ name, byteCount }) => `${name} (${byteCount / 4096} pages)`).join(', ');
  return `QEMU, process ${pid}, ${vcpus.length} vCPU${vcpus.length === 1 ? '' : 's'}; RAM blocks: ${list}\n`;
}

class Course {
  readonly #beganAt = performance.now();

  constructor(
    private readonly environment: Environment,
    private readonly qemu: RunningQemu,
    private readonly snapshot: HeldSnapshot,
    private readonly options: HoldOptions,
  ) {}

  async run(): Promise<void> {
    const { snapshot } = this;
    this.environment.say(row('wall time', 'held behind', 'guest', 'QMP', 'protected', 'faulting'));
    let pagesLeft = this.options.pageCount;
    for (let place = await snapshot.next(); place; place = await snapshot.next()) {
      if (place.kind !== 'page') await this.#show(place);
      else if (pagesLeft-- > 0) await this.#showPage(place);
      if (pagesLeft <= 0 && place.kind === 'page') await this.#goOn();
    }
  }

  /** At full speed. */
  async #goOn(): Promise<void> {
    if (this.options.liftsProtection) {
      liftProtectionMidway(this.qemu.facts);
      this.environment.say('The protection is lifted: what the guest writes from now on gets into the snapshot.');
      await this.#guestRan(liftedNs);
    }
    this.snapshot.widen();
  }

  /** A guest that only waits is not waited for. */
  async #guestRan(ns: number): Promise<void> {
    const ran = () => this.qemu.vcpus.reduce((sum, { tid }) => sum + this.qemu.facts.runTimeNs(tid), 0);
    const end = ran() + ns;
    for (const deadline = performance.now() + 10_000; ran() < end && performance.now() < deadline; ) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #show(place: PhasePlace): Promise<void> {
    const indent = place.kind === 'trace' && place.passing.kind === 'device' ? '  ' : '';
    const passed = place.kind === 'told' ? ', passed' : '';
    await this.#showRow(
      indent + placeText(place) + passed,
      place.kind === 'trace' && this.snapshot.ending === undefined,
    );
    const phase = phaseOf(place);
    if (phase === undefined || !this.options.holdAt.includes(phase)) return;
    this.environment.say(`Held at ${phase}: Enter lets it go on.`);
    await this.#key();
  }

  async #showPage({ page: sent, fault }: Place & { kind: 'page' }): Promise<void> {
    const { block, page, isZero } = sent;
    const ahead = this.snapshot.pagesAhead(sent);
    const why = fault ? `for ${fault.waiting.map(({ tid }) => this.#threadName(tid)).join(' or ')}` : 'scan';
    await this.#showRow(
      `page 0x${page.toString(16)} of ${block}, ${isZero ? 'zero' : why}${ahead ? `, ${ahead} ahead` : ''}`,
      false,
    );
  }

  async #showRow(what: string, isHeld: boolean): Promise<void> {
    const at = `${(performance.now() - this.#beganAt).toFixed(1)} ms`;
    const { guest: activity, isAnswering, protectedPageCount } = await measured(this.qemu, isHeld);
    this.snapshot.faults.look();
    const guest = activity === 'running' ? 'runs' : activity;
    const answers = isAnswering ? 'answers' : 'silent';
    const faulting = this.qemu.facts.threads().filter(({ isFaulting }) => isFaulting).length;
    this.environment.say(row(at, what, guest, answers, String(protectedPageCount), String(faulting)));
  }

  #threadName(tid: number): string {
    const vcpu = this.qemu.vcpus.find((each) => each.tid === tid);
    return vcpu ? `vCPU ${vcpu.index}` : tid === this.qemu.pid ? 'the main loop' : `thread ${tid}`;
  }

  #key(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        input.stop();
        resolve();
      };
      const input = this.environment.onInput(done, done);
    });
  }
}

function row(at: string, what: string, guest: string, qmp: string, protectedCount: string, faulting: string): string {
  const cells = [at.padStart(12), what.padEnd(52), guest.padEnd(7), qmp.padEnd(8), protectedCount.padStart(9)];
  return [...cells, faulting.padStart(8)].join('  ').trimEnd();
}

/** @returns whether it is right */
function report(environment: Environment, snapshot: HeldSnapshot, guest: string): boolean {
  const { ending, counts, truth, failure } = snapshot;
  const { waits } = snapshot.faults;
  const { badPages, comparedCount } = truth;
  const sent = `${counts.pages} pages (${counts.zeroPages} zero), ${counts.faults} of those held for a fault`;
  environment.say(`\nSnapshot ${ending}: ${sent}, ${counts.byteCount} bytes; the guest is ${guest}.`);
  if (waits.mostMs.length > 0) environment.say(`Fault waits: ${waitsText(waits)}.`);
  if (failure) environment.say(`The file could not be written: ${failure}.`);
  const bad = badPages.slice(0, badPageCountMax).map(({ block, page }) => `${block} 0x${page.toString(16)}`);
  const more = badPages.length > bad.length ? `, and ${badPages.length - bad.length} more` : '';
  const unknown = uncomparedText(counts.pages - comparedCount);
  environment.say(
    badPages.length === 0
      ? `All ${comparedCount} pages compared are RAM at the freeze${unknown}.`
      : `${badPages.length} of ${comparedCount} pages are not RAM at the freeze: ${bad.join(', ')}${more}${unknown}.`,
  );
  return ending === 'completed' && failure === undefined && badPages.length === 0;
}

function kept(environment: Environment, failed: string | undefined, output: string, { disks }: HeldSnapshot): boolean {
  if (failed !== undefined) throw new CommandError(`${output} cannot be written: ${failed}.`);
  if (disks.length > 0) environment.say(`Disks: ${disksText(disks)}`);
  environment.say('');
  return verify(environment, output, { json: false, once: true }) === exitCode.good;
}
