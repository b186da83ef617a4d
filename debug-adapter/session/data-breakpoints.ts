import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { WatchedData } from '../debuggee/breakpoints';
import type { Debuggee } from '../debuggee/debuggee';
import type { Pieces } from '../debuggee/pieces';
import type { SourceValue, ThreadId } from '../debuggee/thread';
import { badArguments, SessionError } from './errors';
import { compileExpression } from './expressions';
import type { Place } from './frames';
import { isMemoryReference, memoryPlace } from './memory';

type Access = WatchedData['access'];
type Piece = Omit<WatchedData, 'access'>;

const pageByteCount = 4096;
/** Others have their turn after so many pages have been looked up. */
const pageCountInPiece = 4096;
const accessTypes: readonly Dap.DataBreakpointAccessType[] = ['write', 'read', 'readWrite'];
/** More than anybody wants to be told of. */
const byteCountMax = 1 << 30;

/** How a data breakpoint watches its bytes, where a client lets its user choose. */
export const breakpointModes: readonly Dap.BreakpointMode[] = [
  {
    mode: 'change',
    label: 'Change',
    description: 'Stop at a write only if it changes a byte.',
    appliesTo: ['data'],
  },
  {
    mode: 'page',
    label: 'Page',
    description: 'Watch all of the 4 KiB pages that the bytes are in.',
    appliesTo: ['data'],
  },
];

/** What could be watched: bytes, wherever they lie, and how. As `dataId` it is text that means the same in every run. */
interface Watchable {
  readonly pieces: readonly Piece[];
  readonly mode: string;
}

/**
 * What a client needs to know before it sets a data breakpoint.
 *
 * @param source the variable that is meant, if one is, in memory
 */
export function* dataBreakpointInfo(
  debuggee: Debuggee,
  place: Place,
  { name, bytes, mode = '' }: Pick<Dap.DataBreakpointInfoArguments, 'name' | 'bytes' | 'mode'>,
  source?: SourceValue,
): Pieces<Dap.DataBreakpointInfoResponse['body']> {
  try {
    const pieces = source
      ? yield* physicalPieces(debuggee, place.thread, source.address!, bytes ?? source.byteCount)
      : yield* locate(debuggee, place, name, bytes);
    const shown = mode === 'page' ? pieces.map(wholePages) : pieces;
    return {
      dataId: dataIdOf({ pieces: shown, mode }),
      description: `${shown.map(inWords).join(' and ')} (${name})`,
      accessTypes: mode === 'change' ? ['write'] : [...accessTypes],
      canPersist: true,
    };
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    return { dataId: null, description: error.message };
  }
}

/** @throws SessionError unless `dataBreakpointInfo` has given this id. */
export function watchedData({ dataId, accessType = 'write' }: Dap.DataBreakpoint): WatchedData[] {
  const { pieces, mode } = parseDataId(dataId);
  const access: Access = mode === 'change' ? 'change' : accessType;
  return pieces.map((piece) => ({ ...piece, access }));
}

/** `write to page 0x80400`, as a name among function breakpoints; undefined for another name. */
export function watchedPage(name: string): WatchedData | undefined {
  const [, page] = /^write to page (0x[0-9a-f]{1,10})$/.exec(name.trim()) ?? [];
  if (page === undefined) return undefined;
  return { physicalAddress: Number(page) * pageByteCount, byteCount: pageByteCount, access: 'write' };
}

/** A memory reference, an expression that names memory, or one whose value is an address. */
function* locate(
  debuggee: Debuggee,
  { thread, index }: Place,
  name: string,
  bytes: number | undefined,
): Pieces<Piece[]> {
  if (bytes !== undefined && !(Number.isInteger(bytes) && bytes > 0 && bytes <= byteCountMax)) {
    throw badArguments('dataBreakpointInfo', `\`bytes\` is ${bytes}, not one of 1 to ${byteCountMax}`);
  }
  if (isMemoryReference(name)) {
    const { isPhysical, address } = memoryPlace(name, 0);
    if (isPhysical) return [{ physicalAddress: Number(address), byteCount: bytes ?? 8 }];
    return yield* physicalPieces(debuggee, thread, address, bytes ?? 8);
  }
  const { address, byteCount } = compileExpression(name).locate({ names: debuggee.names(thread, index) });
  return yield* physicalPieces(debuggee, thread, address, bytes ?? byteCount);
}

function* physicalPieces(debuggee: Debuggee, thread: ThreadId, address: bigint, byteCount: number): Pieces<Piece[]> {
  const pieces: { physicalAddress: number; byteCount: number }[] = [];
  let lookedUp = 0;
  for (let done = 0; done < byteCount; ) {
    if (++lookedUp % pageCountInPiece === 0) yield;
    const at = BigInt.asUintN(64, address + BigInt(done));
    const physicalAddress = debuggee.physicalAddress(thread, at);
    if (physicalAddress === undefined)
      throw badArguments('dataBreakpointInfo', `nothing is mapped at 0x${at.toString(16)}`);
    const length = Math.min(byteCount - done, pageByteCount - (physicalAddress % pageByteCount));
    const last = pieces.at(-1);
    if (last && last.physicalAddress + last.byteCount === physicalAddress) last.byteCount += length;
    else pieces.push({ physicalAddress, byteCount: length });
    done += length;
  }
  return pieces;
}

function wholePages({ physicalAddress, byteCount }: Piece): Piece {
  const first = physicalAddress - (physicalAddress % pageByteCount);
  const end = Math.ceil((physicalAddress + byteCount) / pageByteCount) * pageByteCount;
  return { physicalAddress: first, byteCount: end - first };
}

function inWords({ physicalAddress, byteCount }: Piece): string {
  return `${byteCount} ${byteCount === 1 ? 'byte' : 'bytes'} at physical 0x${physicalAddress.toString(16)}`;
}

function dataIdOf({ pieces, mode }: Watchable): string {
  return [...pieces.map((piece) => `0x${piece.physicalAddress.toString(16)}+${piece.byteCount}`), mode]
    .join(' ')
    .trim();
}

function parseDataId(dataId: string): Watchable {
  const pieces: Piece[] = [];
  let mode = '';
  for (const word of dataId.split(' ')) {
    const [, address, byteCount] = /^0x([0-9a-f]{1,13})\+(\d{1,10})$/.exec(word) ?? [];
    if (address !== undefined)
      pieces.push({ physicalAddress: Number.parseInt(address, 16), byteCount: Number(byteCount) });
    else mode = word;
  }
  if (pieces.length === 0) throw badArguments('setDataBreakpoints', `"${dataId}" is not a \`dataId\` of this session`);
  return { pieces, mode };
}
