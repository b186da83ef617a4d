import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { virtLayouts } from '../../../debug-adapter/emulator/machine/virt-layouts';
import { stateDifferences, stateLines, stateToJson } from '../../../debug-adapter/snapshot-file/state-values';
import { surveyStream } from '../../../debug-adapter/snapshot-file/survey';
import { readWhole } from '../../../debug-adapter/vmstate/reading';
import { StreamReadError } from '../../../debug-adapter/vmstate/stream-fault';
import { StreamReader } from '../../../debug-adapter/vmstate/stream-reader';
import { Coverage } from './coverage';
import { mutate } from './mutate';
import { Random } from './random';
import { seeds } from './seeds';

export interface FuzzReport {
  readonly inputCount: number;
  readonly refusedCount: number;
  readonly corpusCount: number;
  /** Of the reader's source, in characters. */
  readonly coveredCount: number;
  /** Of the batch that took the most for its size. */
  readonly stepsPerByteMax: number;
  /** At most, over what it was at the start. */
  readonly memoryGrowthByteCount: number;
}

/** Something that the reader must never do. */
export class FuzzFailure extends Error {
  constructor(
    what: string,
    readonly input: Uint8Array,
  ) {
    super(what);
  }
}

/** Blocks of code that reading an input may enter. The worst seen take half of it; a hang takes thousands of times that. */
const stepsMax = ({ length }: Uint8Array): number => 20_000 + 100 * length;
/** What a batch of inputs of a few kilobytes may take before it counts as unbounded. */
const memoryGrowthMax = 256 * 2 ** 20;
/** Looking at the coverage costs as much as a few inputs; in a larger batch one that hangs a little would not show. */
const batchCount = 25;
const inputByteCountMax = 64 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** @throws FuzzFailure at the first failure */
export function fuzz(seed: number, inputCount: number, onBatch: (report: FuzzReport) => void = () => {}): FuzzReport {
  const random = new Random(seed);
  const corpus = seeds();
  const coverage = new Coverage((url) => /debug-adapter\/(vmstate|snapshot-file)\//.test(url));
  const memoryAtStart = memory();
  let report: FuzzReport = {
    inputCount: 0,
    refusedCount: 0,
    corpusCount: corpus.length,
    coveredCount: 0,
    stepsPerByteMax: 0,
    memoryGrowthByteCount: 0,
  };
  try {
    for (const input of corpus) tryInput(input);
    coverage.isNew(true);
    while (report.inputCount < inputCount) {
      const count = Math.min(batchCount, inputCount - report.inputCount);
      const batch = Array.from({ length: count }, () => mutate(random, corpus));
      // What the batches before have dropped is not what this one takes.
      if (memory() - memoryAtStart > memoryGrowthMax / 2) collectGarbage();
      // What the mutators read is not what the inputs reach.
      coverage.skip();
      const refused = batch.filter(tryInput);
      const isNew = coverage.isNew(false);
      const { stepCount } = coverage;
      if (stepCount > sum(batch.map(stepsMax)))
        throw new FuzzFailure(`took ${stepCount} steps`, slowest(batch, coverage));
      if (isNew) corpus.push(...carriersOfNew(batch, coverage));
      report = {
        inputCount: report.inputCount + count,
        refusedCount: report.refusedCount + refused.length,
        corpusCount: corpus.length,
        coveredCount: coverage.characterCount,
        stepsPerByteMax: Math.max(report.stepsPerByteMax, stepCount / sum(batch.map(({ length }) => length))),
        memoryGrowthByteCount: Math.max(report.memoryGrowthByteCount, memory() - memoryAtStart),
      };
      if (report.memoryGrowthByteCount > memoryGrowthMax) {
        throw new FuzzFailure(`memory grew by ${report.memoryGrowthByteCount} bytes`, batch.at(-1)!);
      }
      onBatch(report);
    }
  } finally {
    coverage.stop();
  }
  return report;
}

/** Those of the inputs that reach something new, each something that those before it do not. */
function carriersOfNew(inputs: readonly Uint8Array[], coverage: Coverage): Uint8Array[] {
  coverage.skip();
  for (const input of inputs) tryInput(input);
  if (!coverage.isNew(inputs.length === 1)) return [];
  if (inputs.length === 1) return inputs[0]!.length <= inputByteCountMax ? [...inputs] : [];
  const middle = inputs.length >> 1;
  return [...carriersOfNew(inputs.slice(0, middle), coverage), ...carriersOfNew(inputs.slice(middle), coverage)];
}

/** The input of a batch that takes the most beyond what it may. */
function slowest(inputs: readonly Uint8Array[], coverage: Coverage): Uint8Array {
  const excess = inputs.map((input) => {
    coverage.skip();
    tryInput(input);
    coverage.isNew(false);
    return coverage.stepCount - stepsMax(input);
  });
  return inputs[excess.indexOf(Math.max(...excess))]!;
}

/** Reads the input in every way there is. @returns whether it is refused. @throws FuzzFailure */
function tryInput(input: Uint8Array): boolean {
  try {
    return surveys(input) || refusesInChunks(input);
  } catch (error) {
    throw new FuzzFailure(error instanceof Error ? (error.stack ?? error.message) : String(error), input);
  }
}

/** As a file, by its own description; what was read can be printed. True when there are faults. */
function surveys(input: Uint8Array): boolean {
  const source = { byteCount: input.length, read: (at: number, length: number) => input.subarray(at, at + length) };
  const { faults, devices, blocks, pageByteCount } = surveyStream(source, () => {});
  for (const { state } of devices) {
    JSON.stringify(stateToJson(state));
    for (const line of stateLines(state, ''))
      if (/[^ -~…×]/.test(line)) throw new Error(`prints ${JSON.stringify(line)}`);
    for (const difference of stateDifferences(state, state)) throw new Error(`differs from itself: ${difference.path}`);
  }
  for (const { pages } of blocks) {
    for (const run of pages.missingRuns()) if (run.count <= 0) throw new Error('empty run');
    for (const { first } of pages.stretches()) readWhole(source, pages.read(first, pageByteCount));
  }
  for (const { offset } of faults) assertWithin(offset, input);
  return faults.length > 0;
}

const layoutOf = virtLayouts(2);

/** From a pipe, by the layouts that we declare; in chunks whose size depends on the input alone. */
function refusesInChunks(input: Uint8Array): boolean {
  const reader = new StreamReader({ layoutOf: ({ name }) => layoutOf(name), onRecord: () => {} });
  const chunkByteCount = 1 + (((input[20] ?? 0) * 61) & 0xfff);
  try {
    for (let at = 0; at < input.length; at += chunkByteCount) {
      reader.push(input.subarray(at, at + chunkByteCount));
      if (reader.bufferedByteCount > input.length) throw new Error(`buffers ${reader.bufferedByteCount} bytes`);
    }
    reader.end();
    return false;
  } catch (error) {
    if (!(error instanceof StreamReadError)) throw error;
    assertWithin(error.fault.offset, input);
    return true;
  }
}

function assertWithin(offset: number, input: Uint8Array): void {
  if (!(offset >= 0 && offset <= input.length)) throw new Error(`a fault at byte ${offset} of ${input.length}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
