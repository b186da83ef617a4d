/** Directives of GNU as for RISC-V: what they take and do. The rarer ones by name only. */
export interface Directive {
  readonly name: string;
  readonly operands: string;
  readonly summary: string;
}

const described: readonly (readonly [string, string, string])[] = [
  ['.text', '[subsection]', 'What follows goes to `.text`, the section of code.'],
  ['.data', '[subsection]', 'What follows goes to `.data`, the section of initialised data.'],
  ['.bss', '[subsection]', 'What follows goes to `.bss`, the section of data that starts as zeros.'],
  ['.rodata', '', 'What follows goes to `.rodata`, the section of constants.'],
  [
    '.section',
    'name[, "flags"[, @type]]',
    'What follows goes to the section. Flags: a allocated, w writable, x executable.',
  ],
  ['.pushsection', 'name[, "flags"]', 'Goes to a section until `.popsection`.'],
  ['.popsection', '', 'Goes back to the section before the last `.pushsection`.'],
  ['.previous', '', 'Goes back to the section that was current before this one.'],
  ['.globl', 'symbol', 'Makes the symbol visible to other files.'],
  ['.global', 'symbol', 'Makes the symbol visible to other files.'],
  ['.local', 'symbol', 'Keeps the symbol to this file.'],
  ['.weak', 'symbol', 'Lets another definition of the symbol win.'],
  ['.hidden', 'symbol', 'Hides the symbol from other shared objects.'],
  ['.type', 'symbol, @function | @object', 'Says what the symbol is.'],
  ['.size', 'symbol, expression', "Sets the symbol's size in bytes: `.size main, . - main`."],
  ['.equ', 'symbol, expression', 'Gives the symbol a value.'],
  ['.set', 'symbol, expression', 'Gives the symbol a value; it may get another later.'],
  ['.equiv', 'symbol, expression', 'Gives the symbol a value, and fails if it has one.'],
  ['.comm', 'symbol, size[, alignment]', 'Reserves common storage.'],
  ['.lcomm', 'symbol, size', 'Reserves storage in `.bss`.'],
  ['.byte', 'expressions', 'Emits 8-bit numbers.'],
  ['.half', 'expressions', 'Emits 16-bit numbers.'],
  ['.short', 'expressions', 'Emits 16-bit numbers.'],
  ['.2byte', 'expressions', 'Emits 16-bit numbers, unaligned.'],
  ['.word', 'expressions', 'Emits 32-bit numbers.'],
  ['.long', 'expressions', 'Emits 32-bit numbers.'],
  ['.4byte', 'expressions', 'Emits 32-bit numbers, unaligned.'],
  ['.dword', 'expressions', 'Emits 64-bit numbers.'],
  ['.quad', 'expressions', 'Emits 64-bit numbers.'],
  ['.8byte', 'expressions', 'Emits 64-bit numbers, unaligned.'],
  ['.float', 'numbers', 'Emits single-precision numbers.'],
  ['.double', 'numbers', 'Emits double-precision numbers.'],
  ['.ascii', '"text"', 'Emits the characters, without a zero behind them.'],
  ['.asciz', '"text"', 'Emits the characters and a zero.'],
  ['.string', '"text"', 'Emits the characters and a zero.'],
  ['.zero', 'count', 'Emits that many zero bytes.'],
  ['.space', 'count[, value]', 'Emits that many bytes, zeros unless told.'],
  ['.skip', 'count[, value]', 'Emits that many bytes, zeros unless told.'],
  ['.fill', 'count, size, value', 'Emits `count` numbers of `size` bytes.'],
  ['.org', 'offset[, value]', 'Goes on at an offset in the section.'],
  ['.align', 'power[, value[, most]]', 'Aligns to a power of two: `.align 2` is 4 bytes.'],
  ['.p2align', 'power[, value[, most]]', 'Aligns to a power of two: `.p2align 2` is 4 bytes.'],
  ['.balign', 'bytes[, value[, most]]', 'Aligns to that many bytes.'],
  [
    '.macro',
    'name parameters',
    'Begins a macro, which `.endm` ends. `\\name` is a parameter, `\\@` the number of the call.',
  ],
  ['.endm', '', 'Ends a macro.'],
  ['.exitm', '', 'Leaves the macro.'],
  ['.purgem', 'name', 'Forgets a macro.'],
  ['.altmacro', '', 'Turns on the alternate macro mode.'],
  ['.noaltmacro', '', 'Turns off the alternate macro mode.'],
  ['.rept', 'count', 'Repeats what follows, up to `.endr`.'],
  ['.irp', 'symbol, values', 'Repeats what follows, up to `.endr`, with `\\symbol` as each of the values.'],
  ['.irpc', 'symbol, text', 'Repeats what follows, up to `.endr`, with `\\symbol` as each of the characters.'],
  ['.endr', '', 'Ends `.rept`, `.irp` or `.irpc`.'],
  ['.if', 'expression', 'Assembles what follows, up to `.else` or `.endif`, if the expression is not zero.'],
  ['.ifdef', 'symbol', 'Assembles what follows if the symbol is defined.'],
  ['.ifndef', 'symbol', 'Assembles what follows if the symbol is not defined.'],
  ['.ifb', 'text', 'Assembles what follows if the text is blank.'],
  ['.ifnb', 'text', 'Assembles what follows if the text is not blank.'],
  ['.ifc', 'text, text', 'Assembles what follows if the texts are the same.'],
  ['.else', '', 'Assembles what follows if the condition did not hold.'],
  ['.elseif', 'expression', 'Assembles what follows if no condition held so far and this one does.'],
  ['.endif', '', 'Ends a condition.'],
  ['.include', '"file"', 'Reads a file here.'],
  ['.incbin', '"file"[, skip[, count]]', "Emits a file's bytes."],
  ['.file', '"name"', 'Names the source file, for debuggers.'],
  ['.loc', 'file line [column]', 'Gives the source line of what follows, for debuggers.'],
  ['.ident', '"text"', 'Puts a comment into the object file.'],
  ['.error', '"message"', 'Fails with a message.'],
  ['.warning', '"message"', 'Warns.'],
  [
    '.option',
    'arch | rvc | norvc | pic | nopic | relax | norelax | push | pop',
    'Changes how the assembler treats what follows.',
  ],
  ['.attribute', 'tag, value', 'Sets an attribute of the object file: `arch`, `stack_align`, `unaligned_access`, …'],
  ['.insn', 'type, opcode, …', 'Emits an instruction that the assembler has no name for, by its format.'],
  ['.cfi_startproc', '', 'Begins a function for unwinders.'],
  ['.cfi_endproc', '', 'Ends a function for unwinders.'],
  ['.cfi_def_cfa', 'register, offset', "The caller's frame begins at register plus offset."],
  ['.cfi_def_cfa_offset', 'offset', "The caller's frame begins at another offset from the same register."],
  ['.cfi_def_cfa_register', 'register', "The caller's frame begins at the same offset from another register."],
  ['.cfi_adjust_cfa_offset', 'offset', "Adds to the offset of the caller's frame."],
  ['.cfi_offset', 'register, offset', "The caller's value of the register is at an offset in its frame."],
  [
    '.cfi_rel_offset',
    'register, offset',
    "The caller's value of the register is at an offset from the frame's register.",
  ],
  ['.cfi_restore', 'register', 'The register is as the caller had it again.'],
  ['.cfi_remember_state', '', 'Keeps the state for `.cfi_restore_state`.'],
  ['.cfi_restore_state', '', 'Goes back to the state kept.'],
  ['.cfi_return_column', 'register', 'The return address is in this register.'],
  ['.cfi_undefined', 'register', "The caller's value of the register is lost."],
  ['.cfi_same_value', 'register', 'The register is as the caller had it.'],
  ['.cfi_signal_frame', '', 'The frame is a signal handler’s.'],
  ['.cfi_sections', 'names', 'Where the unwinding tables go.'],
  ['.uleb128', 'expressions', 'Emits unsigned LEB128 numbers.'],
  ['.sleb128', 'expressions', 'Emits signed LEB128 numbers.'],
  ['.dtprelword', 'symbol', "Emits a thread-local symbol's 32-bit offset."],
  ['.dtpreldword', 'symbol', "Emits a thread-local symbol's 64-bit offset."],
];

const further =
  '.abort .ABORT .bfloat16 .float16 .bundle_align_mode .bundle_lock .bundle_unlock .cfi_personality .cfi_personality_id .cfi_lsda .cfi_register ' +
  '.cfi_window_save .cfi_escape .cfi_val_encoded_addr .cfi_val_offset .cfi_fde_data .cfi_inline_lsda .cfi_b_key_frame ' +
  '.cfi_label .cg_profile .addrsig .addrsig_sym .dc .dc.a .dc.b .dc.d .dc.l .dc.s .dc.w .dc.x .dcb .dcb.b .dcb.d .dcb.l ' +
  '.dcb.s .dcb.w .dcb.x .ds .ds.b .ds.d .ds.l .ds.p .ds.s .ds.w .ds.x .debug .desc .dim .eject .else .elsec .elseif .end ' +
  '.endef .endfunc .endmacro .eqv .err .extern .fail .format .func .gnu_attribute .hword .ifeq .ifeqs .ifge .ifgt .ifle .iflt ' +
  '.ifnc .ifne .ifnes .ifnotdef .int .internal .lflags .line .linefile .linkonce .list .llen .ln .lns .loc_mark_labels ' +
  '.local .lsym .mri .name .nolist .nop .nops .noformat .octa .offset .p2alignw .p2alignl .balignw .balignl .page .plen .print ' +
  '.protected .psize .psect .reloc .rept .rva .sbttl .scl .secrel32 .sectionname .single .sbss .sdata .spc .stabd .stabn ' +
  '.stabs .string8 .string16 .string32 .string64 .struct .subsection .subtitle .symver .tag .title .ttl .tls_common .val ' +
  '.version .vtable_entry .vtable_inherit .weakref .xcom .xdef .xref .xstabs .zero .8byte .16byte .tbss .tdata .init .fini ' +
  '.dword .dfloat .variant_cc .base64 .sframe .gnu.linkonce .literal .lto_discard .memtag .pseudoprobe .bss.0 .cv_file .cv_loc';

export const directives: ReadonlyMap<string, Directive> = new Map(
  described.map(([name, operands, summary]) => [name, { name, operands, summary }]),
);
const names: ReadonlySet<string> = new Set([...directives.keys(), ...further.split(' ')]);

export function isDirective(name: string): boolean {
  return names.has(name) || names.has(name.toLowerCase());
}
