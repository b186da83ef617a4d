import type { ByteCursor } from './byte-cursor';
import { sectionType } from './stream-format';
import type { SectionName } from './stream-records';

/** A section's footer: its type and the section's id. */
export const footerByteCount = 5;

/** @throws StreamReadError `bad-footer`, Insufficient */
export function passFooter(cursor: ByteCursor, { id, name }: SectionName): void {
  const { offset } = cursor;
  const marker = cursor.u8();
  const what = `footer of section "${name}"`;
  if (marker !== sectionType.footer) cursor.failAt(offset, 'bad-footer', what, sectionType.footer, marker);
  const actualId = cursor.u32();
  if (actualId !== id) cursor.failAt(offset + 1, 'bad-footer', `id in ${what}`, id, actualId);
}

/** The type of what may follow a section: another one's, or EOF. */
export function canFollowSection(type: number): boolean {
  return type <= sectionType.full || type === sectionType.command;
}

/** Where in the window the footer of that section begins, behind which the stream goes on. */
export function footerIn(window: Uint8Array, id: number): number | undefined {
  const view = new DataView(window.buffer, window.byteOffset, window.byteLength);
  const last = window.length - footerByteCount - 1;
  for (
    let at = window.indexOf(sectionType.footer);
    at >= 0 && at <= last;
    at = window.indexOf(sectionType.footer, at + 1)
  ) {
    if (view.getUint32(at + 1) === id && canFollowSection(window[at + footerByteCount]!)) return at;
  }
  return undefined;
}
