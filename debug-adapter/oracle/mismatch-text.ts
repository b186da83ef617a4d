import type { ThreadId } from '../debuggee/thread';
import { pageByteCount } from '../emulator/core/guest-core';
import type { Machine } from '../emulator/machine/machine';
import type { Mismatch } from './oracle';

/** Mismatches named in a message; the page map shows them all. */
const namedMax = 5;

/** One line for each of the first mismatches: page, writer, time, cause. */
export function mismatchLines(
  mismatches: readonly Mismatch[],
  totalCount: number,
  machine: Machine,
  threadOf: (actor: number) => ThreadId,
): string[] {
  const named = mismatches.slice(0, namedMax).map((mismatch) => mismatchText(mismatch, machine, threadOf));
  const rest = totalCount - named.length;
  const lines = rest > 0 ? [...named, `and ${rest} more`] : named;
  return lines.map((line) => `• ${line}`);
}

function mismatchText(mismatch: Mismatch, { ramBlocks }: Machine, threadOf: (actor: number) => ThreadId): string {
  const { block, page, problem, write } = mismatch;
  const { address } = ramBlocks.find(({ name }) => name === block)!;
  const name = `page 0x${(address / pageByteCount + page).toString(16)}`;
  if (problem === 'missing') return `${name} is missing`;
  if (problem === 'sent again') return `${name} was sent again`;
  const { offset, expected = 0, actual = 0 } = mismatch;
  if (offset === undefined) return `${name}: its last copy is not what RAM holds`;
  const bytes = `byte 0x${offset.toString(16)} is ${hexByte(actual)}, was ${hexByte(expected)}`;
  if (!write) return `${name}: ${bytes}`;
  const when = `${(write.timeNs / 1e6).toFixed(6)} ms`;
  return `${name}: ${bytes}; written by ${threadOf(write.actor)} at ${when}; ${write.cause}`;
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
