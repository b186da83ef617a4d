import { pageBytes } from '../../../debug-adapter/command-line/page-index';
import { stateDifferences, stateLines, stateToJson } from '../../../debug-adapter/command-line/state-values';
import { surveyStream } from '../../../debug-adapter/command-line/survey';
import { StreamReadError } from '../../../debug-adapter/vmstate/stream-fault';
import { StreamReader } from '../../../debug-adapter/vmstate/stream-reader';
import { virtLayouts } from '../../../debug-adapter/vmstate/virt-layouts';
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
  readonly slowestMs: number;
  /** Of inputs so large that it is their size that counts. */
  readonly slowestMsPerMib: number;
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

/** Inputs of a few kilobytes take about a millisecond, the largest tens; so long is a hang. */
const inputMsMax = 2000;
/** What inputs of a few kilobytes may leave behind before it counts as unbounded. */
const memoryGrowthMax = 256 * 2 ** 20;
/** An input whose fixed costs do not count. */
const largeByteCount = 32 * 1024;
const batchCount = 500;
const inputByteCountMax = 64 * 1024;

/** @throws FuzzFailure at the first failure */
export function fuzz(seed: number, inputCount: number, onBatch: (report: FuzzReport) => void = () => {}): FuzzReport {
  const random = new Random(seed);
  const corpus = seeds();
  const coverage = new Coverage((url) => /debug-adapter\/(vmstate|command-line)\//.test(url));
  const memoryAtStart = memory();
  let report: FuzzReport = {
    inputCount: 0,
    refusedCount: 0,
    corpusCount: corpus.length,
    coveredCount: 0,
    slowestMs: 0,
    slowestMsPerMib: 0,
    memoryGrowthByteCount: 0,
  };
  try {
    for (const input of corpus) tryInput(input);
    coverage.isNew(true);
    while (report.inputCount < inputCount) {
      const count = Math.min(batchCount, inputCount - report.inputCount);
      const batch = Array.from({ length: count }, () => mutate(random, corpus));
      // What the mutators read is not what the inputs reach.
      coverage.skip();
      const outcomes = batch.map(tryInput);
      if (coverage.isNew(false)) corpus.push(...carriersOfNew(batch, coverage));
      report = {
        inputCount: report.inputCount + count,
        refusedCount: report.refusedCount + outcomes.filter(({ isRefused }) => isRefused).length,
        corpusCount: corpus.length,
        coveredCount: coverage.characterCount,
        slowestMs: Math.max(report.slowestMs, ...outcomes.map(({ ms }) => ms)),
        slowestMsPerMib: Math.max(report.slowestMsPerMib, ...outcomes.map(({ msPerMib }) => msPerMib)),
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

/** Reads the input in every way there is. @throws FuzzFailure */
function tryInput(input: Uint8Array): { isRefused: boolean; ms: number; msPerMib: number } {
  const start = processorMs();
  let isRefused: boolean;
  try {
    isRefused = surveys(input) || refusesInChunks(input);
  } catch (error) {
    throw new FuzzFailure(error instanceof Error ? (error.stack ?? error.message) : String(error), input);
  }
  const ms = processorMs() - start;
  if (ms > inputMsMax) throw new FuzzFailure(`took ${ms.toFixed(0)} ms`, input);
  const msPerMib = input.length < largeByteCount ? 0 : (ms * 2 ** 20) / input.length;
  return { isRefused, ms, msPerMib };
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
    for (const { first } of pages.stretches()) pageBytes(source, pages, first, pageByteCount);
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

/** Of this process: what others do beside it does not count. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
