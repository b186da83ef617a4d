/**
 * Listings of guest code as documents of VS Code: `freezeframe-listing:/main.s?<session>.3` is the session's third. The
 * extension serves them; a client that is not VS Code asks the adapter by source reference.
 */
export const listingScheme = 'freezeframe-listing';

export interface ListingAddress {
  /** VS Code's id of the debug session. */
  readonly session: string;
  /** Which of its listings, from 1. */
  readonly number: number;
}

export function listingUri(name: string, { session, number }: ListingAddress): string {
  return `${listingScheme}:/${encodeURIComponent(name)}.s?${session}.${number}`;
}

export function parseListingUri(uri: string): ListingAddress | undefined {
  const [, session, number] = /^freezeframe-listing:[^?]*\?([\w-]+)\.(\d+)$/.exec(uri) ?? [];
  return session === undefined ? undefined : { session, number: Number(number) };
}
