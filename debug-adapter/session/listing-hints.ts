import type { Debuggee } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';
import type { Listing } from '../listing/listing';
import type { ListingHints } from '../protocol/messages';

const pageShift = 12;

/** What is known at a stop about the lines of a listing: where harts stand and with what, and which stores have faulted. */
export function listingHints(debuggee: Debuggee, listing: Listing): ListingHints {
  const lines = listing.text.split('\n');
  const harts = debuggee.threads().flatMap(({ id, role }) => {
    const frame = role === 'hart' ? debuggee.stack(id)[0] : undefined;
    const line = frame?.kind === 'guest' ? listing.lineOf(frame.pc) : undefined;
    return line === undefined ? [] : [{ line, thread: id, registers: registersIn(debuggee, id, lines[line - 1]!) }];
  });
  const writeFaults = listing.instructions.flatMap(({ line, address }) => {
    const pages = debuggee.writeFaults(address);
    if (pages.size === 0) return [];
    const count = [...pages.values()].reduce((sum, each) => sum + each, 0);
    return [{ line, count, pages: [...pages.keys()].sort((a, b) => a - b).map((page) => hex(page * 2 ** pageShift)) }];
  });
  return { harts, writeFaults };
}

/** The registers that a line names, as the hart has them. */
function registersIn(debuggee: Debuggee, thread: ThreadId, line: string): Record<string, string> {
  const words = new Set(line.match(/[a-z]\w*/g));
  const registers: Record<string, string> = {};
  for (const { kind, variables } of debuggee.scopes(thread, 0)) {
    if (kind !== 'registers') continue;
    for (const { name, value } of variables) {
      if (words.has(name) && typeof value === 'bigint') registers[name] = hex(value);
    }
  }
  return registers;
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
