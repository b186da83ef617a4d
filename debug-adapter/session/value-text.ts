import type { Operand } from './operators';

/** How a value is written. */
export interface Notation {
  /** As another program would read it, without quotes or a second notation. */
  readonly isBare?: boolean;
  readonly inHex?: boolean;
}

/** Numbers in both notations, except where one is asked for. */
export function valueText(value: Operand, { isBare = false, inHex = false }: Notation = {}): string {
  if (typeof value === 'string') return isBare ? value : JSON.stringify(value);
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'object') {
    const isInHex = inHex && value.number !== undefined && value.children().length === 0;
    return isInHex ? hexText(value.number) : value.summary;
  }
  const hex = hexText(value);
  if (inHex) return hex;
  return isBare || (value > -10n && value < 10n) ? String(value) : `${value} (${hex})`;
}

export function hexText(value: bigint): string {
  return `${value < 0n ? '-' : ''}0x${(value < 0n ? -value : value).toString(16)}`;
}
