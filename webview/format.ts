/** Numbers as the page map shows them. */

/** Virtual time in milliseconds, to the nanosecond: `1 234.567 890 ms`. */
export function formatTime(timeNs: number): string {
  const whole = Math.floor(timeNs / 1e6);
  const rest = String(Math.floor(timeNs % 1e6)).padStart(6, '0');
  return `${formatCount(whole)}.${rest.slice(0, 3)}\u2009${rest.slice(3)} ms`;
}

/** A whole number with thin spaces between thousands. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

/** Part of a whole: `12.3 %`, and never 0 or 100 % for a part that is neither. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '';
  const tenths = Math.round((part / whole) * 1000);
  if (part > 0 && tenths === 0) return '< 0.1 %';
  if (part < whole && tenths === 1000) return '> 99.9 %';
  return `${(tenths / 10).toFixed(tenths % 10 === 0 ? 0 : 1)} %`;
}

/** The address `pages` pages after `base`, in the protocol's form. */
export function pageAddress(base: string, pages: number): string {
  return `0x${(BigInt(base) + BigInt(pages) * 4096n).toString(16)}`;
}

/** A guest physical page number as conditions take it: `0x80400`. */
export function pageNumber(base: string, page: number): string {
  return `0x${(BigInt(base) / 4096n + BigInt(page)).toString(16)}`;
}

/** Bytes of RAM in the largest unit that divides them: `128 MiB`. */
export function formatSize(pageCount: number): string {
  const kib = pageCount * 4;
  if (kib % (1024 * 1024) === 0) return `${kib / (1024 * 1024)} GiB`;
  return kib % 1024 === 0 ? `${kib / 1024} MiB` : `${kib} KiB`;
}
