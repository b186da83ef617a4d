import type { Phase } from '../debuggee/phase';
import type { QmpEvent } from './qmp-client';
import type { RunningQemu } from './running-qemu';
import { type Passing, phaseOfState, type TraceLine, traceEvents } from './trace';

/**
 * What QEMU tells of its snapshot's phases: by its trace, whose writers wait for us, or where nothing is traced by QMP's
 * events. Those wait for nobody, and are fewer.
 */
export class ToldPhases {
  /** Undefined until QEMU has told something. */
  #isTraced: boolean | undefined;
  /** By events, not yet taken. */
  readonly #phases: Phase[] = [];
  #hasBegun = false;

  constructor(private readonly qemu: RunningQemu) {}

  /** The snapshot is about to begin. */
  async begin(): Promise<void> {
    if (!(await this.qemu.trace(traceEvents, true))) this.#doWithoutTrace();
    this.qemu.onEvent = (event) => this.#accept(event);
  }

  /** Only what has been told by the trace is waited for. */
  get isTraced(): boolean {
    return this.#isTraced !== false;
  }

  /** The first that has not been taken. */
  look(): { readonly passing: Passing; readonly line: TraceLine | undefined } | undefined {
    if (this.#isTraced !== false) {
      const line = this.qemu.tracePipe.look();
      if (line?.passing) {
        this.#isTraced = true;
        return { passing: line.passing, line };
      }
      // QEMU traces that it is set up before it tells so.
      if (this.#isTraced || this.#phases.length === 0) return undefined;
      this.#doWithoutTrace();
    }
    const [phase] = this.#phases;
    return phase && { passing: { kind: 'phase', phase }, line: undefined };
  }

  take(): void {
    if (this.isTraced) this.qemu.tracePipe.take();
    else this.#phases.shift();
  }

  /** What QEMU has told by events until now is here. */
  async settle(): Promise<void> {
    if (!this.isTraced) await this.qemu.runState();
  }

  /** Of the snapshot nothing more is to come. */
  end(): void {
    this.qemu.onEvent = () => {};
  }

  #accept(event: QmpEvent): void {
    const phase = phaseOfEvent(event);
    // Before that, whoever stops the guest is somebody else.
    this.#hasBegun ||= phase === 'setup';
    if (phase && this.#hasBegun && !this.#isTraced) this.#phases.push(phase);
  }

  #doWithoutTrace(): void {
    this.#isTraced = false;
    this.qemu.say(withoutTrace);
  }
}

function phaseOfEvent({ event, data }: QmpEvent): Phase | undefined {
  if (event === 'STOP') return 'vm-stop';
  if (event === 'RESUME') return 'vm-start-bh';
  return event === 'MIGRATION' ? phaseOfState[String(data?.status)] : undefined;
}

const withoutTrace =
  'QEMU’s trace does not reach Freezeframe: QEMU was built without the trace backend `log`, or logs elsewhere. It is held at ' +
  'Setup, Save, each page and Append. Head, Active, Freeze, vm_start and the end are told once they have passed; State stash, ' +
  'WP arm and WP disarm are not told.';
