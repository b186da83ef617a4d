import { SnapshotPage } from '../protocol/snapshot-pages';
import type { Piece, Reading } from '../vmstate/reading';
import type { PageIndex, PageRun } from './page-index';
import { type FieldDifference, stateDifferences } from './state-values';
import type { Survey, SurveyedBlock } from './survey';

/** Between the machines that two streams restore: order, repeats and cuts into sections do not count. */
export interface Difference {
  readonly machine?: { readonly a: string | undefined; readonly b: string | undefined };
  readonly blocks: readonly BlockDifference[];
  readonly devices: readonly DeviceDifference[];
}

/** A block with a byte count on one side only is not in the other stream. */
export interface BlockDifference {
  readonly block: string;
  readonly a: number | undefined;
  readonly b: number | undefined;
  readonly pageCount: number;
  /** Pages whose bytes differ, or that only one of the streams holds. */
  readonly differing: number;
}

export interface DeviceDifference {
  readonly device: string;
  readonly instanceId: number;
  readonly versions: { readonly a: number | undefined; readonly b: number | undefined };
  readonly fields: readonly FieldDifference[];
}

/** Is told how the comparison of a block that both streams have goes on. */
export interface ComparisonWatch {
  /** All pages before this one have been compared. */
  at(block: string, page: number, pageCount: number): void;
  /** In ascending order. */
  differing(block: string, page: number): void;
}

/** Which of the two files a piece is of. */
export interface SidePiece extends Piece {
  readonly side: 'a' | 'b';
}

type Comparing<T> = Reading<T, SidePiece>;

export function isSameMachine({ machine, blocks, devices }: Difference): boolean {
  return machine === undefined && blocks.length + devices.length === 0;
}

/** Compares streams that are whole. */
export function* comparison(a: Survey, b: Survey, watch: ComparisonWatch): Comparing<Difference> {
  const machines = { a: a.configuration?.machine, b: b.configuration?.machine };
  const blocks: BlockDifference[] = [];
  for (const [blockA, blockB] of pairs(a.blocks, b.blocks, ({ name }) => name)) {
    const difference = yield* blockDifference(a, blockA, b, blockB, watch);
    if (difference) blocks.push(difference);
  }
  return {
    ...(machines.a !== machines.b && { machine: machines }),
    blocks,
    devices: pairs(a.devices, b.devices, ({ name, instanceId }) => `${name}\0${instanceId}`).flatMap(
      ([deviceA, deviceB]) => {
        const { name, instanceId } = (deviceA ?? deviceB)!;
        const versions = { a: deviceA?.state.layout.version, b: deviceB?.state.layout.version };
        const fields = deviceA && deviceB ? [...stateDifferences(deviceA.state, deviceB.state)] : [];
        const isSame = versions.a === versions.b && fields.length === 0;
        return isSame ? [] : [{ device: name, instanceId, versions, fields }];
      },
    ),
  };
}

function* blockDifference(
  a: Survey,
  blockA: SurveyedBlock | undefined,
  b: Survey,
  blockB: SurveyedBlock | undefined,
  watch: ComparisonWatch,
): Comparing<BlockDifference | undefined> {
  const { name, pages } = (blockA ?? blockB)!;
  const head = { block: name, a: blockA?.byteCount, b: blockB?.byteCount, pageCount: pages.pageCount };
  if (head.a !== head.b || !blockA || !blockB) return { ...head, differing: 0 };
  let differing = 0;
  for (const { first, count } of stretchesOfEither(blockA, blockB)) {
    watch.at(name, first, pages.pageCount);
    for (let page = first; page < first + count; page++) {
      if (yield* isSamePage(a, blockA.pages, b, blockB.pages, page)) continue;
      differing++;
      watch.differing(name, page);
    }
  }
  return differing === 0 ? undefined : { ...head, differing };
}

function stretchesOfEither(a: SurveyedBlock, b: SurveyedBlock): PageRun[] {
  const byFirst = new Map([...a.pages.stretches(), ...b.pages.stretches()].map((run) => [run.first, run]));
  return [...byFirst.values()].sort((one, other) => one.first - other.first);
}

function* isSamePage(a: Survey, pagesA: PageIndex, b: Survey, pagesB: PageIndex, page: number): Comparing<boolean> {
  const [formA, formB] = [pagesA.formOf(page), pagesB.formOf(page)];
  if (formA <= SnapshotPage.Zero && formB <= SnapshotPage.Zero) return formA === formB;
  const bytesA = yield* ofSide('a', pagesA.read(page, a.pageByteCount));
  const bytesB = yield* ofSide('b', pagesB.read(page, b.pageByteCount));
  return bytesA !== undefined && bytesB !== undefined && isSame(bytesA, bytesB);
}

function* ofSide<T>(side: SidePiece['side'], reading: Reading<T>): Comparing<T> {
  for (let step = reading.next(); ; step = reading.next(yield { ...step.value, side }))
    if (step.done) return step.value;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** What has one key in both lists; undefined where one of them has none. */
function pairs<T>(a: readonly T[], b: readonly T[], keyOf: (item: T) => string): [T | undefined, T | undefined][] {
  const inB = new Map(b.map((item) => [keyOf(item), item]));
  const paired = a.map((item): [T, T | undefined] => [item, inB.get(keyOf(item))]);
  const inA = new Set(a.map(keyOf));
  return [...paired, ...b.filter((item) => !inA.has(keyOf(item))).map((item): [undefined, T] => [undefined, item])];
}
