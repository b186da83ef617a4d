/** Where the manuals describe something: the sections in the instruction table and the CSR table, in words. */
export function sectionText(section: string): string {
  const [, book, number] = /^(?:([PB]) )?([\d.]+)$/.exec(section) ?? [];
  if (number === undefined) {
    return section === 'Debug' ? 'RISC-V Debug Specification' : `${section} extension`;
  }
  if (book === 'P') return `Privileged manual (1.12), section ${number}`;
  if (book === 'B') return `Bit-manipulation extensions (1.0), section ${number}`;
  return `Unprivileged manual (20191213), ${number.includes('.') ? 'section' : 'chapter'} ${number}`;
}

export const pseudoinstructionsText = 'Unprivileged manual (20191213), chapter 25';
