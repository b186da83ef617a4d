import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Debuggee } from '../debuggee/debuggee';
import type { ThreadId } from '../debuggee/thread';
import type { Listing } from '../listing/listing';
import { Listings } from '../listing/listings';
import { listingUri, parseListingUri } from '../protocol/listing-uri';

/** Clear of the references of the shown sources. */
const referencesBefore = 1000;

/**
 * Guest code as a client sees it where no source file is known. VS Code opens a document of the extension's: a text that it
 * asks the adapter for it may ask for twice at once, and then show neither. Other clients ask by reference.
 */
export class ListedSources {
  readonly #listings: Listings;

  /** @param editorSession VS Code's id of the session; undefined in other clients. */
  constructor(
    debuggee: Debuggee,
    private readonly editorSession: string | undefined,
  ) {
    this.#listings = new Listings(debuggee);
  }

  place(thread: ThreadId, address: bigint): { readonly source: Dap.Source; readonly line: number } {
    const { listing, line } = this.#listings.place(thread, address);
    return { source: this.source(listing), line };
  }

  source(listing: Listing): Dap.Source {
    const number = this.#listings.indexOf(listing) + 1;
    const name = `${listing.name}.s`;
    return this.editorSession === undefined
      ? { name, sourceReference: referencesBefore + number }
      : { name, path: listingUri(listing.name, { session: this.editorSession, number }) };
  }

  /** The listing that a client means, or undefined when it is none of this session's. */
  listingOf({ path, sourceReference }: Dap.Source): Listing | undefined {
    if (sourceReference) return this.#listings.at(sourceReference - referencesBefore - 1);
    const address = path === undefined ? undefined : parseListingUri(decodeURIComponent(path));
    return address && address.session === this.editorSession ? this.#listings.at(address.number - 1) : undefined;
  }
}
