import { conform } from '../../vmstate/conform';
import type { DeviceState, State, StateLayout } from '../../vmstate/device-state';
import { virtLayouts } from './virt-layouts';

/** A stream's device sections, looked up by name and taken in the terms of our layouts. */
export class SectionSource {
  private readonly _left: Set<DeviceState>;
  private readonly _leftOut = new Set<string>();
  private readonly _layoutOf: (name: string) => StateLayout | undefined;

  constructor(
    private readonly sections: readonly DeviceState[],
    hartCount: number,
  ) {
    this._left = new Set(sections);
    this._layoutOf = virtLayouts(hartCount);
  }

  /** @throws RangeError when there is none. */
  find(name: string, instanceId = 0): State {
    const found = this.take(name, instanceId);
    if (!found) throw new RangeError(`there is no section "${name}" of instance ${instanceId}`);
    return found;
  }

  /** Undefined when there is none, or none of known layout. */
  take(name: string, instanceId = 0): State | undefined {
    const layout = this._layoutOf(name);
    const found = [...this._left].find((section) => section.name === name && section.instanceId === instanceId);
    if (!found || !layout) return undefined;
    this._left.delete(found);
    return conform(found.state, restoredPart(layout), (subsection) => this._leftOut.add(subsection));
  }

  /** Numbers that the writer had to say of the section besides QEMU's fields. */
  beyondQemu(name: string, instanceId: number): Readonly<Record<string, number>> {
    const isIt = (section: DeviceState): boolean => section.name === name && section.instanceId === instanceId;
    const { beyondQemu = {} } = this.sections.find(isIt) ?? {};
    return Object.fromEntries(
      Object.entries(beyondQemu).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    );
  }

  /** Names of sections and subsections that nobody took and that may have said something. */
  get skipped(): string[] {
    const names = [...this._left].map(({ name }) => name).filter((name) => !constantSections.includes(name));
    return [...new Set(names), ...this._leftOut];
  }
}

/** Nothing in them can be other than as it always is here. */
const constantSections = ['PCIHost', 'PCIBUS'];
/** Their layouts are known only so that streams can be read by them. */
const skippedSubsections = [
  ...['cpu_common/exception_index', 'cpu_common/crash_occurred', 'cpu/hyper'],
  ...['serial/tsr', 'serial/xmit_fifo', 'serial/poll'],
];

function restoredPart(layout: StateLayout): StateLayout {
  return {
    ...layout,
    fields: layout.fields.map((field) => (field.struct ? { ...field, struct: restoredPart(field.struct) } : field)),
    subsections: layout.subsections.filter(({ name }) => !skippedSubsections.includes(name)).map(restoredPart),
  };
}
