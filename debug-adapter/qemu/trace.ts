import type { Phase } from '../debuggee/phase';
import { PacketPipe } from './packet-pipe';

/** What a line of QEMU's trace tells of a snapshot. */
export type Passing =
  | { readonly kind: 'phase'; readonly phase: Phase }
  /** A device is stashed; `section`: as in the stream. */
  | { readonly kind: 'device'; readonly section: string }
  /** A RAM block has been registered and protected. */
  | { readonly kind: 'armed'; readonly block: string; readonly host: bigint; readonly byteCount: number }
  | { readonly kind: 'disarmed'; readonly block: string };

/** A line that has been passed, and what comes of it. */
export interface TraceLine {
  readonly text: string;
  /** Undefined for a line that tells nothing of the snapshot. */
  readonly passing: Passing | undefined;
}

/** In QEMU's trace; without one of them its phases are told otherwise. */
export const traceEvents = [
  'migrate_set_state',
  'savevm_state_header',
  'migration_thread_setup_complete',
  'runstate_set',
  'savevm_section_start',
  'ram_write_tracking_ramblock_start',
  'ram_write_tracking_ramblock_stop',
] as const;

/** Of a migration, as QEMU traces it and QMP tells it. */
export const phaseOfState: Readonly<Record<string, Phase>> = {
  setup: 'setup',
  active: 'active',
  completed: 'completed',
  failed: 'failed',
  cancelling: 'cancelling',
  cancelled: 'cancelled',
};

/** @param text with or without the process and time that `-msg timestamp=on` puts before it */
export function parseTraceLine(text: string): TraceLine {
  return { text, passing: passingOf(text.replace(/^\d+@\d+\.\d+:/, '')) };
}

function passingOf(line: string): Passing | undefined {
  const [, event, rest = ''] = /^(\w+) ?(.*)$/.exec(line) ?? [];
  switch (event) {
    case 'migrate_set_state': {
      const phase = phaseOfState[/^new state (\S+)/.exec(rest)?.[1] ?? ''];
      return phase && { kind: 'phase', phase };
    }
    case 'savevm_state_header':
      return { kind: 'phase', phase: 'head' };
    case 'migration_thread_setup_complete':
      return { kind: 'phase', phase: 'vm-stop' };
    case 'runstate_set': {
      const [, state] = /new_state \d+ \((\S+)\)/.exec(rest) ?? [];
      if (state === 'paused') return { kind: 'phase', phase: 'state-stash' };
      return state === 'running' ? { kind: 'phase', phase: 'vm-start-bh' } : undefined;
    }
    case 'savevm_section_start': {
      const [, section] = /^(.*), section_id \d+$/.exec(rest) ?? [];
      return section === undefined || section === 'ram' ? undefined : { kind: 'device', section };
    }
    case 'ram_write_tracking_ramblock_start': {
      const [, block, host, byteCount] = /^(.*): page_size: \d+ addr: (0x[0-9a-f]+) length: (\d+)$/.exec(rest) ?? [];
      if (block === undefined) return undefined;
      return { kind: 'armed', block, host: BigInt(host!), byteCount: Number(byteCount) };
    }
    case 'ram_write_tracking_ramblock_stop':
      return { kind: 'disarmed', block: /^(.*?): /.exec(rest)?.[1] ?? '' };
    default:
      return undefined;
  }
}

/**
 * QEMU's trace, whose writers wait for us. What else QEMU prints comes the same way, at times in fragments: it is passed on,
 * for nobody takes it otherwise.
 */
export class TracePipe {
  readonly pipe = new PacketPipe();
  #line: TraceLine | undefined;
  #fragment = '';
  /** QEMU has closed its end: it is gone, or traces elsewhere. */
  hasEnded = false;

  /** @param onOther a line that is no trace */
  constructor(private readonly onOther: (text: string) => void) {}

  /** The line in the slot. QEMU stays where it is. */
  look(): TraceLine | undefined {
    while (!this.#line && !this.hasEnded) {
      const packet = this.pipe.peek();
      if (packet === undefined) return undefined;
      if (packet === 'end') this.hasEnded = true;
      else {
        const line = parseTraceLine(packet.toString('utf8').trimEnd());
        if (line.passing) this.#line = line;
        else {
          this.pipe.take();
          this.#pass(packet.toString('utf8'));
        }
      }
    }
    return this.#line;
  }

  /** The thread that waits to trace goes on. */
  take(): void {
    this.#line = undefined;
    this.pipe.take();
  }

  #pass(text: string): void {
    const lines = (this.#fragment + text).split('\n');
    this.#fragment = lines.pop()!;
    for (const line of lines) if (!isTrace(line)) this.onOther(line);
  }
}

/** Of an event that we have switched on, but that tells nothing. */
function isTrace(line: string): boolean {
  return traceEvents.some((event) => line.replace(/^\d+@\d+\.\d+:/, '').startsWith(event));
}
