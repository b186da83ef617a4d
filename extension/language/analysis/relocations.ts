/** Relocation functions of GNU as for RISC-V. */
export const relocations: ReadonlyMap<string, string> = new Map([
  ['%hi', 'The high 20 bits of an absolute address, for `lui`; rounded so that `%lo` adds up with it.'],
  ['%lo', 'The low 12 bits of an absolute address, for `addi`, loads and stores.'],
  ['%pcrel_hi', 'The high 20 bits of the distance from here, for `auipc`.'],
  ['%pcrel_lo', 'The low 12 bits of the distance from the `auipc` at this label.'],
  ['%got_pcrel_hi', "The high 20 bits of the distance from here to the symbol's entry in the global offset table."],
  ['%tprel_hi', "The high 20 bits of a thread-local symbol's offset from tp."],
  ['%tprel_lo', "The low 12 bits of a thread-local symbol's offset from tp."],
  ['%tprel_add', 'Marks the `add` between `%tprel_hi` and `%tprel_lo`, which the linker may drop.'],
  [
    '%tls_ie_pcrel_hi',
    'The high 20 bits of the distance from here to the entry for initial-exec thread-local storage.',
  ],
  [
    '%tls_gd_pcrel_hi',
    'The high 20 bits of the distance from here to the entry for global-dynamic thread-local storage.',
  ],
]);
