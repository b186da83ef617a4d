import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { phaseName, phases } from '../debuggee/phase';
import type { Stop } from '../debuggee/stop';
import type { Breakpoints } from './breakpoints';
import { deadlockText } from './deadlock';
import { noException } from './errors';
import { filterOfPhase, writeFaultFilter } from './exception-filters';
import type { Threads } from './threads';

/** What a `stopped` event tells. */
export function stoppedBody(stop: Stop, threads: Threads, breakpoints: Breakpoints): Dap.StoppedEvent['body'] {
  const common = { threadId: threads.number(stop.thread), allThreadsStopped: true };
  switch (stop.reason) {
    case 'pause':
      return { reason: stop.reason, description: stop.title ?? 'Paused', ...common };
    case 'entry':
    case 'step':
      return { reason: stop.reason, ...waiting(threads.waitOf(stop.thread)), ...common };
    case 'breakpoint':
      return { ...breakpoints.told(stop.breakpointIds), hitBreakpointIds: ofClient(stop.breakpointIds), ...common };
    case 'data-breakpoint':
      return {
        reason: 'data breakpoint',
        ...accessInWords(stop),
        hitBreakpointIds: ofClient(stop.breakpointIds),
        ...common,
      };
    case 'exited': {
      const text = `The guest has powered off, exit code ${stop.exitCode}. Its past is still there; Continue ends the session.`;
      return { reason: 'pause', description: 'Powered off', text, ...common };
    }
    default: {
      const { title, text } = describe(stop);
      return { reason: reasonOf(stop), description: title, text, ...common };
    }
  }
}

/** gdb's are none of the client's business. */
function ofClient(breakpointIds: readonly number[]): number[] {
  return breakpointIds.filter((id) => id > 0);
}

/** A thread that stands still may have stood still before: it says why. */
function waiting(wait: string | undefined): Pick<Dap.StoppedEvent['body'], 'description' | 'text'> {
  return wait === undefined ? {} : { description: `Paused, ${wait}`, text: wait };
}

/** @throws SessionError for a stop that is none of these. */
export function exceptionInfo(stop: Stop | undefined): Dap.ExceptionInfoResponse['body'] {
  if (!stop || !isException(stop)) throw noException();
  const { id, text } = describe(stop);
  return { exceptionId: id, description: text, breakMode: stop.reason === 'guest-error' ? 'unhandled' : 'always' };
}

type Exception = Extract<Stop, { reason: 'phase' | 'write-fault' | 'deadlock' | 'guest-error' }>;

/**
 * Only what went wrong is an exception: editors open a red box for one. For a breakpoint, and for no other reason, VS Code
 * opens Run and Debug; what it was is in the description.
 */
function reasonOf({ reason }: Exception): string {
  return reason === 'phase' || reason === 'write-fault' ? 'breakpoint' : 'exception';
}

function isException(stop: Stop): stop is Exception {
  return ['phase', 'write-fault', 'deadlock', 'guest-error'].includes(stop.reason);
}

function describe(stop: Exception): { id: string; title: string; text: string } {
  switch (stop.reason) {
    case 'phase': {
      const { label } = phases.find(({ id }) => id === stop.phase)!;
      // Editors show the title where the thread's name stands, too: the short half leaves room for it.
      const title = phaseName(stop.phase);
      return { id: filterOfPhase(stop.phase), title, text: stop.text ?? `${stop.thread} is about to begin: ${label}.` };
    }
    case 'write-fault': {
      const { page, physicalAddress, pc, timeNs } = stop.fault;
      const from = pc === undefined ? '' : ` from pc ${hex(pc)}`;
      return {
        id: writeFaultFilter,
        title: `Write fault on page ${hex(page)}`,
        text: `${stop.thread} writes to ${hex(physicalAddress)} (page ${hex(page)})${from} at ${timeNs} ns and waits until the page is saved.`,
      };
    }
    case 'deadlock':
      return { id: 'deadlock', title: 'Deadlock', text: deadlockText(stop.waits) };
    case 'guest-error':
      return { id: 'trap loop', title: 'The guest ran wild', text: stop.message };
  }
}

function accessInWords({ thread, access }: Extract<Stop, { reason: 'data-breakpoint' }>) {
  const { kind, physicalAddress, byteCount, pc, before, after } = access;
  const description = `${kind === 'read' ? 'Read of' : 'Write to'} ${hex(physicalAddress)}`;
  const verb = kind === 'read' ? 'read' : 'wrote';
  const from = pc === undefined ? '' : ` from pc ${hex(pc)}`;
  const change =
    before === undefined || after === undefined || kind === 'read' ? '' : `: ${hex(before)} → ${hex(after)}`;
  return { description, text: `${thread} ${verb} ${byteCount} bytes at ${hex(physicalAddress)}${from}${change}.` };
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
