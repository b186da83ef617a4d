import type { Names } from '../debuggee/breakpoints';
import type { PagesOfBlock } from '../debuggee/debuggee';
import type { Phase } from '../debuggee/phase';
import type { DataAccess, WriteFault } from '../debuggee/stop';
import type { Frame, Scope, ThreadInfo, Value, Variable } from '../debuggee/thread';
import type { FrameVariable } from '../dwarf/debug-info';
import { pageByteCount } from '../emulator/core/guest-core';
import type { HartActor } from '../emulator/machine/hart-actor';
import type { Machine, SymbolTable } from '../emulator/machine/machine';
import type { MigrationState } from '../migration/migration-state';
import type { Precopy } from '../migration/precopy';
import type { Snapshot } from '../migration/snapshot';
import { pageStateNames } from '../protocol/page-states';
import type { Actor } from '../simulation/actor';
import type { VmmThread } from '../simulation/vmm-thread';
import type { HartFrame } from '../unwinding/frame';
import type { Vmm } from '../vmm/vmm';
import { valueOrComposite, variableOf } from './composites';
import { readVirtual } from './guest-memory';
import type { SourceNames } from './hart-stack';
import {
  callerRegister,
  callerRegisters,
  controlRegisters,
  floatRegisters,
  integerRegisters,
  registerByName,
} from './registers';
import type { SourceLines } from './source-lines';
import { roleOf } from './thread-roles';

export function threadInfo(actor: HartActor | VmmThread, progress: number): ThreadInfo {
  const { id, wait, clockNs: timeNs } = actor;
  const isBlocked = wait !== undefined && !wait.idle;
  return { id, role: roleOf(id), state: activityOf(actor), isBlocked, timeNs, progress };
}

function activityOf({ wait }: Actor): string {
  return wait ? `waits for ${wait.resource}` : 'running';
}

export function vmmStack(thread: VmmThread, lines: SourceLines): Frame[] {
  return thread.frames.flatMap(({ name, at }) => {
    const place = lines.lineOf({ routine: name, label: at });
    return place ? [{ kind: 'vmm' as const, name, ...place }] : [];
  });
}

/** `main+0x1c`, or the bare address where no image has a symbol. @param within whose symbol counts */
export function placeName(symbols: SymbolTable, address: bigint, within = address): string {
  const symbol = symbols.nearest(within);
  if (!symbol) return hex(address);
  const offset = symbol.offset + Number(address - within);
  return offset === 0 ? symbol.name : `${symbol.name}+0x${offset.toString(16)}`;
}

/** What a frame's source knows of it: its own variables, those of the file. */
export interface SourceVariables {
  readonly locals: readonly FrameVariable[];
  readonly globals: readonly FrameVariable[];
}

/** @param caller an outer frame: its registers can be looked at, not set */
export function hartScopes(
  machine: Machine,
  actor: HartActor,
  { locals, globals }: SourceVariables,
  caller?: HartFrame,
): Scope[] {
  const ofSource: Scope[] = [
    ...(locals.length > 0 ? [sourceScope('Locals', locals)] : []),
    ...(globals.length > 0 ? [sourceScope('Globals', globals)] : []),
  ];
  return [...ofSource, ...hartScopesAlone(machine, actor, caller)];
}

function sourceScope(name: string, variables: readonly FrameVariable[]): Scope {
  return {
    name,
    kind: 'locals',
    isExpensive: name === 'Globals',
    get variables() {
      return variables.map((each) => each.shown());
    },
  };
}

function hartScopesAlone(machine: Machine, actor: HartActor, caller?: HartFrame): Scope[] {
  const hart = actor.index;
  const thread: Scope = { name: 'Thread', kind: 'locals', variables: threadVariables(actor) };
  if (caller) return [{ name: 'Registers', kind: 'locals', variables: callerRegisters(caller) }, thread];
  return [
    { name: 'Registers', kind: 'registers', variables: integerRegisters(machine.core, hart) },
    { name: 'Floating-point registers', kind: 'registers', variables: floatRegisters(machine.core, hart) },
    { name: 'Control and status registers', kind: 'registers', variables: controlRegisters(machine.core, hart) },
    thread,
  ];
}

/** What a thread does, and what it waits for. */
function threadVariables(actor: Actor): Variable[] {
  const { wait, clockNs } = actor;
  const holder = wait?.heldBy?.();
  return [
    { name: 'state', value: activityOf(actor), kind: 'plain' },
    ...(holder === undefined ? [] : [{ name: 'held by', value: holder, kind: 'plain' as const }]),
    { name: 'clock', value: clockNs, kind: 'durationNs' },
  ];
}

function localsScope(locals: ReadonlyMap<string, unknown>): Scope {
  return {
    name: 'Locals',
    kind: 'locals',
    get variables() {
      return [...locals].map(([name, value]) => variableOf(name, valueOrComposite(value)));
    },
  };
}

/** What of a VMM there is to see beside a thread. */
interface Surroundings {
  /** Of the guest's RAM. */
  readonly pages: PagesOfBlock;
  readonly snapshot: Snapshot | undefined;
  /** Of the snapshot: its migration thread's. */
  readonly phase: Phase | 'none';
  readonly timeNs: number;
  /** Of the frame. */
  readonly locals: ReadonlyMap<string, unknown>;
}

export function vmmScopes(actor: VmmThread, { pages, snapshot, phase, timeNs, locals }: Surroundings): Scope[] {
  const counts: Scope = { name: 'Pages', kind: 'locals', variables: pageCounts(pages) };
  const own = [phaseVariable(actor.phase ?? 'none'), ...threadVariables(actor)];
  const around: Scope[] = [counts, { name: 'Thread', kind: 'locals', variables: own }, localsScope(locals)];
  if (!snapshot) return around;
  const variables = [phaseVariable(phase), ...migrationVariables(snapshot, timeNs)];
  return [{ name: 'Migration', kind: 'locals', variables }, ...around];
}

function phaseVariable(phase: Phase | 'none'): Variable {
  return { name: 'phase', value: phase, kind: 'plain' };
}

/** What the monitor's `info status` prints. */
export function vmStatus({ runState }: Vmm): string {
  return `VM status: ${runState}\n`;
}

/** What the monitor's `info migrate` prints. */
export function migrationStatus(snapshot: Snapshot | undefined, timeNs: number): string {
  if (!snapshot) return 'Migration status: none\n';
  const variables = migrationVariables(snapshot, timeNs).slice(1);
  const lines = variables.map(({ name, value, kind }) => `${name}: ${value}${kind === 'durationNs' ? ' ns' : ''}\n`);
  return `Migration status: ${snapshot.state.status}\n${lines.join('')}`;
}

function pageCounts(pages: PagesOfBlock): Variable[] {
  return pages.counts().map((count, state) => ({
    name: pageStateNames[state]!,
    value: count,
    kind: 'plain' as const,
  }));
}

function migrationVariables(snapshot: Snapshot, timeNs: number): Variable[] {
  const { state, ram, file, channel, precopy } = snapshot;
  const position = ram.scanPosition;
  return [
    { name: 'status', value: state.status, kind: 'plain' },
    { name: 'pages sent', value: state.pagesSent, kind: 'plain' },
    { name: 'zero pages', value: state.zeroPages, kind: 'plain' },
    { name: 'pages left', value: ram.remaining, kind: 'plain' },
    { name: 'scan position', value: `${ram.blocks[position.block]!.name} page ${position.page}`, kind: 'plain' },
    { name: 'iterations', value: state.iterations, kind: 'plain' },
    ...(precopy ? dirtyLoggingVariables(precopy) : writeTrackingVariables(snapshot)),
    { name: 'setup', value: state.setupNs, kind: 'durationNs' },
    { name: 'downtime', value: state.downtimeNs, kind: 'durationNs' },
    { name: 'bytes written', value: file.byteCount, kind: 'plain' },
    { name: 'bytes buffered', value: file.pendingByteCount, kind: 'plain' },
    { name: 'over quota', value: file.isRateLimited, kind: 'plain' },
    { name: 'bytes in the channel', value: channel.fillAt(timeNs), kind: 'plain' },
    ...(precopy ? [] : [{ name: 'bytes stashed', value: snapshot.stash.byteCount, kind: 'plain' as const }]),
    ...errorVariable(state),
  ];
}

function writeTrackingVariables({ state, protection: { uffd } }: Snapshot): Variable[] {
  return [
    { name: 'faults served', value: state.faults.count, kind: 'plain' },
    { name: 'faults waiting', value: uffd.pending, kind: 'plain' },
    { name: 'longest fault', value: state.faults.maxNs, kind: 'durationNs' },
  ];
}

function dirtyLoggingVariables(precopy: Precopy): Variable[] {
  return [
    { name: 'pages sent again', value: precopy.duplicates, kind: 'plain' },
    { name: 'bitmap syncs', value: precopy.syncCount, kind: 'plain' },
    { name: 'pages dirtied before the last sync', value: precopy.dirtiedBySync, kind: 'plain' },
    { name: 'bytes per second', value: Math.round(precopy.bandwidth), kind: 'plain' },
    { name: 'bytes that may be left', value: precopy.thresholdByteCount, kind: 'plain' },
    { name: 'CPU throttle percentage', value: precopy.s.vm.throttlePercent, kind: 'plain' },
  ];
}

function errorVariable({ error }: MigrationState): Variable[] {
  return error === undefined ? [] : [{ name: 'error', value: error, kind: 'plain' }];
}

/** What conditions and expressions may name. Some names exist only at a write fault or an access to watched data. */
export interface NamesContext {
  readonly machine: Machine;
  readonly hart: number;
  readonly thread: string;
  /** Of the snapshot: its migration thread's. */
  readonly phase: string;
  readonly timeNs: number;
  readonly fault: WriteFault | undefined;
  readonly access: DataAccess | undefined;
  readonly snapshot: Snapshot | undefined;
  /** Of the frame. */
  readonly locals: () => ReadonlyMap<string, unknown>;
  /** Of the frame, if it is of a hart. */
  readonly variables: () => readonly FrameVariable[];
  readonly source: () => SourceNames;
  /** The frame, if it is an outer one of a hart. */
  readonly caller: HartFrame | undefined;
}

export function namesOf(context: NamesContext): Names {
  const { machine, hart, caller } = context;
  let known: SourceNames | undefined;
  const source = (): SourceNames => (known ??= context.source());
  // The innermost block's comes last, and hides those of its name.
  const variable = (name: string) =>
    context
      .variables()
      .filter((each) => each.name === name)
      .at(-1);
  return {
    lookup(name) {
      const known = lookup(context, name);
      if (known !== undefined) return known;
      const locals = context.locals();
      if (locals.has(name)) return valueOrComposite(locals.get(name));
      const ofCaller = caller && callerRegister(caller, name);
      return (
        ofCaller ??
        registerByName(machine.core, hart, name) ??
        variable(name)?.value() ??
        source().global(name)?.value() ??
        machine.symbols.addressOf(name) ??
        source().enumerator(name)
      );
    },
    symbolAddress: (name) => variable(name)?.value().source?.address ?? machine.symbols.addressOf(name),
    type: (name) => source().type(name),
    readMemory: (address, byteCount) => readVirtual(machine, hart, address, byteCount),
  };
}

function lookup(
  { hart, thread, phase, timeNs, fault, access, snapshot }: NamesContext,
  name: string,
): Value | undefined {
  switch (name) {
    case 'thread':
      return thread;
    case 'hart':
      return thread === `hart ${hart}` ? BigInt(hart) : undefined;
    case 'phase':
      return phase;
    case 'time':
      return BigInt(timeNs);
    case 'page':
      return pageOf(fault ?? access);
    case 'address':
      return fault || access ? BigInt((fault ?? access)!.physicalAddress) : undefined;
    case 'old':
      return access?.before;
    case 'new':
      return access?.after;
    case 'pagesSent':
      return snapshot && BigInt(snapshot.state.pagesSent);
    case 'pagesLeft':
      return snapshot && BigInt(snapshot.ram.remaining);
    case 'faultsServed':
      return snapshot && BigInt(snapshot.state.faults.count);
    default:
      return undefined;
  }
}

function pageOf(at: { readonly physicalAddress: number } | undefined): bigint | undefined {
  return at && BigInt(Math.floor(at.physicalAddress / pageByteCount));
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
