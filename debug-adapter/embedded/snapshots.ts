import { DebuggeeError, type HostWork } from '../debuggee/debuggee';
import type { Host } from '../debuggee/host';
import type { ThreadId } from '../debuggee/thread';
import { type Algorithm, algorithmFor } from '../migration/algorithms';
import { DiskDigests } from '../migration/disk-digests';
import type { Snapshot } from '../migration/snapshot';
import type { SnapshotOptions } from '../migration/snapshot-options';
import { capabilityList, checkCapabilities, withCapability } from '../monitor/migrate-capabilities';
import { parameterChange, parameterList } from '../monitor/migrate-parameters';
import { migrationStatus } from './inspect';
import type { MainLoopCommands } from './main-loop-commands';
import type { Outputs, SnapshotFiles } from './output';
import type { RunLoop } from './run-loop';
import { type Ending, SnapshotRun } from './snapshot-run';

interface SnapshotsOptions {
  readonly loop: RunLoop;
  readonly commands: MainLoopCommands;
  readonly host: Host;
  /** Where they go unless the command says otherwise; released at the end. */
  readonly output: Outputs;
  /** How the first is taken; the monitor changes it. */
  readonly settings: SnapshotOptions;
  readonly isChecked: boolean;
  readonly threadOf: (actor: number) => ThreadId;
  readonly onEnding: (ending: Ending) => void;
}

/** The snapshots of a session, one after the other, and how the next one is to be taken. */
export class Snapshots {
  private _settings: SnapshotOptions;
  /** Under way, or the last one. */
  private _run: SnapshotRun | undefined;

  /** Where the snapshot under way goes, if its command named another place. */
  private _otherOutput: Outputs | undefined;

  readonly #diskDigests: readonly DiskDigests[];

  /** @throws DebuggeeError for capabilities that do not go together. */
  constructor(private readonly options: SnapshotsOptions) {
    const { host, loop } = options;
    this._settings = options.settings;
    this.#diskDigests = [...loop.machine.diskImages.values()].map(
      (image) => new DiskDigests(image, () => host.sha256()),
    );
    checkCapabilities(this._settings.capabilities, options.loop.vmm.whatIf);
  }

  /** Under way, or the last one. */
  get current(): Snapshot | undefined {
    return this._run?.snapshot;
  }

  /** A page of guest RAM as it was at the freeze of the snapshot under way, or of the last. @throws DebuggeeError */
  atFreeze(page: number): Uint8Array {
    if (!this._run) throw new DebuggeeError('no-freeze', 'There has been no snapshot yet to compare with.');
    const bytes = this._run.atFreeze(page);
    if (bytes) return bytes;
    const why = this.options.isChecked
      ? 'has changed since, and is kept no longer: the snapshot file has it.'
      : 'is not kept: `oracle` is false in the launch configuration.';
    throw new DebuggeeError('no-freeze', `What this page held at the freeze ${why}`);
  }

  /** As `SnapshotRun.whyLeaked`, of the one under way or the last. */
  whyLeaked(page: number): string | undefined {
    return this._run?.whyLeaked(page);
  }

  /** As `SnapshotRun.work`, of the one under way. */
  work(): boolean {
    return this._run?.work() === true;
  }

  get hostWork(): HostWork | undefined {
    return this._run?.hostWork;
  }

  get isUnderWay(): boolean {
    return this._run?.isOver === false;
  }

  /** QMP events are shown. */
  get showsEvents(): boolean {
    return this._settings.capabilities.has('events');
  }

  /** The monitor's `migrate`, at `timeNs`. @throws DebuggeeError when it cannot begin. */
  take(timeNs: number, output?: string): void {
    const { shows } = algorithmFor(this._settings.capabilities);
    this.options.commands.migrate(this.#begin(output, shows), timeNs);
  }

  /** The monitor's `savevm`. @throws DebuggeeError when it cannot begin. */
  savevm(output?: string): void {
    const { loop, commands } = this.options;
    commands.savevm(this.#begin(output, 'end'), loop.timeNs);
  }

  /** The monitor's `migrate_cancel`. @throws DebuggeeError when there is none under way. */
  cancel(): void {
    if (!this._run || this._run.isOver) {
      throw new DebuggeeError('no-snapshot', 'There is no snapshot under way to cancel.');
    }
    this._run.giveWay();
    this.options.commands.cancel(this._run.snapshot);
  }

  /** The one under way has an outcome. */
  tellEnding(): void {
    this._run?.tellEnding();
  }

  /** The run takes another course from here on than it did before. */
  takeNewCourse(): void {
    this._run?.takeNewCourse();
    this.options.output.takeNewCourse();
  }

  /** What is not whole goes. */
  abandon(): void {
    this._run?.abandon();
  }

  /** There will be no more. Resolves when the last has landed, and its place may be another's. */
  async end(): Promise<void> {
    this.abandon();
    this._otherOutput?.release();
    this.options.output.release();
    await this._run?.landed();
  }

  /** The monitor's `migrate_set_capability`. @throws DebuggeeError in QEMU's words */
  setCapability(name: string | undefined, state: string | undefined): void {
    if (this.isUnderWay) throw new DebuggeeError('capabilities', "There's a migration process in progress");
    const { whatIf } = this.options.loop.vmm;
    const capabilities = withCapability(this._settings.capabilities, name, state, whatIf);
    this._settings = { ...this._settings, capabilities };
  }

  /** The monitor's `migrate_set_parameter`. @throws DebuggeeError in QEMU's words */
  setParameter(name: string | undefined, value: string | undefined): void {
    const { parameters } = this._settings;
    const change = parameterChange(parameters, name, value);
    this._settings = { ...this._settings, parameters: { ...parameters, ...change } };
    if (this._run) this.options.commands.setParameters(this._run.snapshot, change);
  }

  /** The monitor's `info`. */
  info(topic: 'migrate' | 'migrate_capabilities' | 'migrate_parameters'): string {
    if (topic === 'migrate_capabilities') return capabilityList(this._settings.capabilities);
    if (topic === 'migrate_parameters') return parameterList(this._settings.parameters);
    return migrationStatus(this.current, this.options.loop.timeNs);
  }

  #filesAt(path: string | undefined): SnapshotFiles {
    const { output } = this.options;
    if (path === undefined || output.isFor(path)) return output.begin();
    this._otherOutput = output.elsewhere(path);
    return this._otherOutput.begin();
  }

  #begin(output: string | undefined, shows: Algorithm['shows']): Snapshot {
    if (this.isUnderWay) {
      throw new DebuggeeError(
        'snapshot-under-way',
        'A snapshot is already running. Wait until it completes, or cancel it.',
      );
    }
    const { loop, isChecked, threadOf, onEnding } = this.options;
    this._run = new SnapshotRun(loop.vmm, this.#filesAt(output), {
      snapshot: this._settings,
      shows,
      isChecked,
      threadOf,
      diskDigests: this.#diskDigests,
      onEnding: (ending) => {
        this._otherOutput?.release();
        this._otherOutput = undefined;
        onEnding(ending);
      },
    });
    return this._run.snapshot;
  }
}
