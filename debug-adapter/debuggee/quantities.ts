/**
 * A whole number with commas between thousands. `toLocaleString` first loads what it knows of languages: that takes as long
 * as to save thousands of pages.
 */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function mebibytesText(byteCount: number): string {
  return `${(byteCount / (1 << 20)).toFixed(1)} MiB`;
}
