import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import type { Pieces } from '../debuggee/pieces';
import type { ListingHints, ListingPlace } from '../protocol/messages';
import { badArguments } from './errors';
import { listingHints } from './listing-hints';
import type { LiveDebuggee } from './live-debuggee';
import { disassemble, linesOf, parseReference } from './memory';

/** Requests that show code: instructions, listings of them, and sources. */
export class ShownCode {
  constructor(
    private readonly debuggee: Debuggee,
    private readonly live: Pick<LiveDebuggee, 'guestSources' | 'listed' | 'sources' | 'placeOf'>,
  ) {}

  /** With the lines of those sources that can be opened, which may have to be looked for first. */
  *disassemble(
    args: Dap.DisassembleArguments,
  ): Pieces<Dap.DisassembleResponse['body'] | Promise<Dap.DisassembleResponse['body']>> {
    const { guestSources } = this.live;
    const instructions = yield* disassemble(this.debuggee, args);
    const places = yield* linesOf(instructions, this.debuggee.guestSource);
    const located = () => ({
      instructions: instructions.map((instruction, index) => {
        const place = places[index];
        if (!place || !guestSources.canOpen(place)) return instruction;
        return { ...instruction, location: guestSources.shown(place.path), line: place.line };
      }),
    });
    return guestSources.lookFor(places.flatMap((place) => place?.path ?? []))?.then(located) ?? located();
  }

  source(source: Dap.Source): Dap.SourceResponse['body'] {
    const { listed, sources } = this.live;
    const listing = listed.listingOf(source);
    if (listing) return { content: listing.text, mimeType: 'text/x-asm' };
    return { content: sources.text(source), mimeType: 'text/typescript' };
  }

  loadedSources(): Dap.LoadedSourcesResponse['body'] {
    return { sources: this.live.sources.all() };
  }

  listingHints(source: Dap.Source): ListingHints {
    const listing = this.live.listed.listingOf(source);
    if (!listing) throw badArguments('freezeframe.listingHints', '`source` is no listing of this session');
    return listingHints(this.debuggee, listing);
  }

  listingOf(address: string): ListingPlace {
    return this.live.listed.place(this.live.placeOf({}).thread, parseReference(address));
  }
}
