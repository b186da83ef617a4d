/** Controls but the end of a line, and what changes the direction of text or ends a line unseen. */
const obeyed = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Text for a terminal. Names in it may be anybody's: what a terminal would obey stands in it as JSON would spell it, and
 * JSON stays JSON.
 */
export function printable(text: string): string {
  return text.replace(obeyed, (character) => (character === '\n' ? character : spelled(character)));
}

/** A name of somebody else's, which must not look like a line of ours. */
export function printableLine(text: string): string {
  return text.replace(obeyed, spelled);
}

function spelled(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
