import type { FallibleStep } from '../debuggee/fallible-steps';
import type { PageState } from '../protocol/page-states';
import { Userfaultfd } from '../vmm/userfaultfd';
import { migrationActorNumber, type Vmm } from '../vmm/vmm';
import { canWriteProtect } from './capabilities';
import type { MigrationState } from './migration-state';
import type { PageAddress } from './ram-state';
import { stepFailures, succeeds } from './step-failures';

/** The protection side of a snapshot: what its migration thread does to guest RAM so that nobody writes unseen. */
export class WriteProtection {
  readonly uffd: Userfaultfd;
  private readonly _trackedBlock: number;

  /** @param onFreeze told before RAM is protected: this instant is the freeze */
  constructor(
    private readonly vm: Vmm,
    private readonly state: MigrationState,
    private readonly onFreeze: () => void,
  ) {
    const { core, ramBlocks } = vm.machine;
    this.uffd = new Userfaultfd(core.pages, vm.pageMap, 'migration', vm.whatIf.uffdFeatureWpUnpopulated);
    this._trackedBlock = ramBlocks.findIndex(({ writable }) => writable);
  }

  /** A page of the block that the guest can write. */
  trackedPage(page: number): PageAddress {
    return { block: this._trackedBlock, page };
  }

  isTracked({ block }: PageAddress): boolean {
    return block === this._trackedBlock;
  }

  populate(): void {
    if (this.#succeeds('populate')) this.vm.machine.core.pages.touchAll();
  }

  open(): boolean {
    return this.#succeeds('uffd-open');
  }

  register(): boolean {
    if (!this.#succeeds('uffd-register')) return false;
    if (!canWriteProtect(this.vm.whatIf)) {
      this.state.fail(stepFailures['uffd-register']);
      return false;
    }
    // One range, one uffd: an earlier snapshot has left its own open.
    if (this.vm.uffd) {
      this.state.fail('RAM could not be registered with the uffd: device or resource busy');
      return false;
    }
    this.uffd.register();
    return true;
  }

  protect(timeNs: number): void {
    if (!this.#succeeds('uffd-protect')) return;
    this.onFreeze();
    this.vm.uffd = this.uffd;
    this.uffd.writeProtect(migrationActorNumber, timeNs);
  }

  /** `state`: what the page is now, or undefined when it had been sent before. */
  unprotect({ page }: PageAddress, state: PageState | undefined, timeNs: number): void {
    this.uffd.unprotect(page, timeNs);
    if (state !== undefined) this.vm.pageMap.set(page, state, migrationActorNumber, timeNs);
  }

  close(timeNs: number): void {
    this.uffd.close(migrationActorNumber, timeNs);
  }

  /** The thread that served faults has ended. */
  end(): void {
    const { uffd, vm } = this;
    uffd.endReader();
    if (!uffd.isRegistered && vm.uffd === uffd) vm.uffd = undefined;
  }

  #succeeds(step: FallibleStep): boolean {
    return succeeds(step, this.vm.whatIf, this.state);
  }
}
