/**
 * Where everything stands in the core's WebAssembly memory, in bytes; the only place that says so. It is read by
 * TypeScript and by AssemblyScript, so it holds integer constants and nothing else. Nothing moves after the start, so
 * that code generated at run time can use the same numbers.
 *
 * ```
 *          0  an empty block, two records with one opcode each, exchange words
 *    0x01000  the current hart's program counter
 *    0x02000  static data of the module: the decode table
 *    0x09000  a scratch block, breakpoints, bytes fetched from outside RAM, turns of harts
 *   0x100000  harts: CSRs and TLBs
 *   0x200000  one byte a RAM page: page tables, flags, state, actor
 *   0x600000  pages' tables of decoded blocks
 *   0xa00000  one byte a RAM page: whether it has been kept
 *   0xc00000  guest RAM
 * ```
 *
 * Behind RAM, as large as it has use for: a spare page, pages' times, tables of decoded blocks, the blocks, and what pages
 * held before they were written to.
 */
export const HART_COUNT_MAX: u32 = 8;
/** 4 GiB of WebAssembly memory, less what stands before RAM. */
export const RAM_PAGE_COUNT_MAX: u32 = 0xfb000;
export const PAGE_BYTES: u32 = 4096;

/** Address 0 holds a block that is always too long for the budget: what an empty link or table entry points to. */
export const EMPTY_BLOCK_INSTRUCTION_COUNT: u32 = 0x7fffffff;
/** A record that deals with what `events.ts` noted, and one that ends `execute`. */
export const EVENT_RECORD: usize = 0x40;
export const EXIT_RECORD: usize = 0x80;

/** Words exchanged with the host. */
export const RETIRED: usize = 0x100;
export const BUS_STATUS: usize = 0x104;
export const FAULT_PAGE: usize = 0x108;
export const FAULT_OFFSET: usize = 0x10c;

/** Of the running hart: instructions that the run may still charge, and was given. */
export const BUDGET: usize = 0x120;
export const RUN_COUNT: usize = 0x124;
/** Instructions of the run that retired before the one in a slow path. */
export const ACCESS_COUNT: usize = 0x128;
/** Its block in `HARTS`, its index, the TLBs of its present mode. */
export const HART: usize = 0x12c;
export const HART_INDEX: usize = 0x130;
export const DATA_TLB: usize = 0x134;
export const FETCH_TLB: usize = 0x138;
/** The running block must be left after the instruction; the run must end after it. */
export const LEAVE: usize = 0x13c;
export const STOP_WANTED: usize = 0x140;
export const EVENT: usize = 0x144;
export const STOP: usize = 0x148;
export const TRAP_CAUSE: usize = 0x14c;
export const TRAP_VALUE: usize = 0x150;
/** The result of a translation. */
export const PHYSICAL: usize = 0x158;
/** f64: virtual time at the start of the run. */
export const CLOCK: usize = 0x160;
export const NS_PER_INSTRUCTION: usize = 0x168;
export const RAM_PAGE_COUNT: usize = 0x170;
export const HART_COUNT: usize = 0x174;
/** Up to where there are decoded blocks, and tables of them. */
export const BLOCKS_END: usize = 0x178;
export const TABLES_END: usize = 0x17c;
/** Counts how often all decoded blocks were dropped. */
export const BLOCKS_EPOCH: usize = 0x180;
export const BREAKPOINT_COUNT: usize = 0x184;
export const CSR_MISSING: usize = 0x188;
/** Pages that stores of the run were the first to write to since the dirty log was last cleared. */
export const DIRTIED: usize = 0x18c;
/** f64: the latest virtual time that any hart has read. */
export const LATEST_CLOCK: usize = 0x190;
/** i64: what software has added to `time`, in ticks. */
export const TIME_DELTA: usize = 0x198;
/** Triggers of all harts that match the address of an instruction. */
export const EXECUTE_TRIGGER_COUNT: usize = 0x1a0;
/** 1 to 127: what `PAGE_WALKS` holds for a page that translations in a TLB come from. */
export const WALKS_EPOCH: usize = 0x1a8;
/** 1 to 254: what `PAGE_KEPT` holds for a page that is held. Until any is to be held, WRITTEN. */
export const KEEP_EPOCH: usize = 0x1ac;

/** Mean length of a quantum. */
export const QUANTUM_NS: usize = 0x1b0;
/** The hart that took the last turn, or -1. */
export const TURN_LAST: usize = 0x1b4;
/** Of the entries that say what pages held: where they begin, how far they may go, how far they go; how many are copies. */
export const HELD_BEGIN: usize = 0x1b8;
export const HELD_LIMIT: usize = 0x1bc;
export const HELD_END: usize = 0x1c0;
export const HELD_COPY_COUNT: usize = 0x1c4;
/** Up to where there are entries, written to be read by the host, behind the limit. */
export const HELD_READ_END: usize = 0x1c8;
/** How many pages have been held since that began: those that were copied, and those that were zero. */
export const HELD_COUNT: usize = 0x1cc;
/** Writes to pages that hold page tables, as far as `PAGE_WALKS` says, since that was last forgotten. */
export const TABLE_WRITES: usize = 0x1d0;

/** Set by the host: where the times of pages begin, an f64 each; tables of decoded blocks; the blocks, and how far they may go. */
export const TIMES_BEGIN: usize = 0x1d4;
export const TABLES_BEGIN: usize = 0x1d8;
export const BLOCKS_BEGIN: usize = 0x1dc;
export const BLOCKS_LIMIT: usize = 0x1e0;

/** How often generated code has left for a block that it has no entry for, and the last of these: its page's table, and where it begins. */
export const MISSED_ENTRY_COUNT: usize = 0x1e4;
export const MISSED_ENTRY_TABLE: usize = 0x1e8;
export const MISSED_ENTRY_OFFSET: usize = 0x1ec;

/** The record that has CUT in place of its opcode, or 0; that opcode. */
export const CUT_RECORD: usize = 0x1f0;
export const CUT_OPCODE: usize = 0x1f4;

/** Between instructions, and within slow paths: the instruction's address. */
export const PC: usize = 0x1110;
/** Virtual address of the page that the running block is from. */
export const PC_PAGE: usize = 0x1118;
/** That page's table of blocks, or 0. */
export const PC_TABLE: usize = 0x1120;

export const STATIC_DATA: usize = 0x2000;

/** A block that must not be kept: it crosses a page, or lies outside RAM. */
export const TRANSIENT_BLOCK: usize = 0x9000;
export const FETCH_BUFFER: usize = 0xa000;
/** See turns.ts: of each hart that is to take turns. */
export const TURNS: usize = 0xb000;
export const TURN_BYTES: usize = 64;
/** Set by the host as f64, then i64: its clock, Infinity for a hart that takes none; from when on its turns are the host's. */
export const TURN_CLOCK: usize = 0;
export const TURN_UNTIL: usize = 8;
/** How many instructions it has retired; while it takes turns, how many it had before. */
export const TURN_RETIRED: usize = 16;
/** Set by the host: u32 by hart, what its quanta are drawn from. Set by the core: 0 if it takes turns. */
export const TURNS_SALTS: usize = 0xb200;
export const TURNS_ABSENT: usize = 0xb220;
/** The entry of the hart whose turn it is; instructions that are left for all turns; u32 NS_PER_INSTRUCTION. */
export const TURN: usize = 0xb240;
export const TURNS_LEFT: usize = 0xb244;
export const TURN_NS: usize = 0xb248;
/** Where the next turn stands in the plan, where the plan ends, how many rounds it is to have next, from which on i64. */
export const PLAN_AT: usize = 0xb24c;
export const PLAN_END: usize = 0xb250;
export const PLAN_ROUND_COUNT: usize = 0xb254;
export const PLAN_INDEX: usize = 0xb258;
/** Bytes of a round. */
export const PLAN_ROUND_BYTES: usize = 0xb260;
/** A turn: whose entry of TURNS, whose number, when it ends i64. */
export const PLAN: usize = 0xb280;
export const PLAN_ENTRY_BYTES: usize = 16;
export const PLAN_HART: usize = 4;
export const PLAN_END_NS: usize = 8;
export const PLAN_ROUND_COUNT_MAX: u32 = 16;
/** Of each round, and the one behind the plan: where each hart's quantum begins, u32. */
export const PLAN_BORDERS: usize = 0xbc80;
/** What a page of RAM is to be compared with. */
export const COMPARED: usize = 0xc000;
export const BREAKPOINT_COUNT_MAX: u32 = 4096;
export const BREAKPOINTS: usize = 0x10000;

/** A hart's state, then its TLBs. With a multiple of 4 KiB the harts' registers would share the sets of a cache. */
export const HARTS: usize = 0x100000;
export const HART_BYTES: usize = 0x15240;
/** x0 to x31. A record's operands are offsets of these, of the f registers, or of the slot that takes writes to x0. */
export const HART_X: usize = 0x0;
export const HART_PC: usize = 0x100;
export const HART_PRIVILEGE: usize = 0x108;
export const HART_INSTRUCTIONS_RETIRED: usize = 0x110;
/** See counters.ts. */
export const HART_MCYCLE: usize = 0x118;
export const HART_MINSTRET: usize = 0x120;
export const HART_MSTATUS: usize = 0x128;
export const HART_MEDELEG: usize = 0x130;
export const HART_MIDELEG: usize = 0x138;
export const HART_MIE: usize = 0x140;
/** mip bits that software wrote. */
export const HART_MIP_SOFT: usize = 0x148;
/** mip bits that devices hold up. */
export const HART_MIP_LINES: usize = 0x150;
export const HART_MTVEC: usize = 0x158;
export const HART_MSCRATCH: usize = 0x160;
export const HART_MEPC: usize = 0x168;
export const HART_MCAUSE: usize = 0x170;
export const HART_MTVAL: usize = 0x178;
export const HART_MCOUNTEREN: usize = 0x180;
export const HART_MENVCFG: usize = 0x188;
export const HART_STVEC: usize = 0x190;
export const HART_SSCRATCH: usize = 0x198;
export const HART_SEPC: usize = 0x1a0;
export const HART_SCAUSE: usize = 0x1a8;
export const HART_STVAL: usize = 0x1b0;
export const HART_SCOUNTEREN: usize = 0x1b8;
export const HART_SENVCFG: usize = 0x1c0;
export const HART_SATP: usize = 0x1c8;
/** Physical address that LR reserved, or all ones; the value it read there. */
export const HART_RESERVATION: usize = 0x1d0;
export const HART_RESERVED_VALUE: usize = 0x1d8;
/** 16 bytes, then 16 doublewords. */
export const HART_PMPCFG: usize = 0x1e0;
export const HART_PMPADDR: usize = 0x1f0;
/** 32 doublewords; then frm and fflags as fcsr has them. */
export const HART_F: usize = 0x270;
export const F_BYTES: usize = 256;
export const HART_FCSR: usize = 0x370;
export const HART_STIMECMP: usize = 0x378;
export const HART_MCOUNTINHIBIT: usize = 0x380;
/** mhpmcounter3 to 18, and mhpmevent3 to 31. */
export const HART_HPM_COUNTERS: usize = 0x388;
export const HART_HPM_EVENTS: usize = 0x408;
export const HART_TSELECT: usize = 0x4f0;
/** tdata1 and tdata2 of each trigger. */
export const HART_TRIGGERS: usize = 0x4f8;
export const TRIGGER_COUNT: u32 = 2;
export const TRIGGER_BYTES: usize = 16;
/** All of the above is architectural: it makes the state hash. What follows is derived or bookkeeping. */
export const HART_STATE_BYTES: usize = 0x518;
/** First and last byte of each PMP entry, 16 pairs. */
export const HART_PMP_RANGES: usize = 0x520;
export const HART_PMP_ACTIVE: usize = 0x620;
/** Traps since an instruction last retired, and the count of retired instructions at the last of them. */
export const HART_TRAPS: usize = 0x628;
export const HART_TRAPS_AT: usize = 0x630;
/** A breakpoint was reported at this address and no instruction has retired since. */
export const HART_REPORTED_BREAKPOINT: usize = 0x638;
export const HART_REPORTED_AT: usize = 0x640;
/** Behind the last of all these. */
export const HART_KEPT_BYTES: usize = 0x648;
/** Takes writes to x0. */
export const HART_DISCARD: usize = 0x648;
/** u32: the record that it goes on at where its last run was cut, and its page's table of blocks; 0 if PC has to be looked up. */
export const HART_NEXT: usize = 0x650;
export const HART_NEXT_TABLE: usize = 0x654;
/** What DATA_TLB and FETCH_TLB are while it is the current hart. */
export const HART_SELECTED_TLBS: usize = 0x658;
/** First and last byte of a stretch about which the same PMP entry decides; u32: 1 + its index, or 0 for none. */
export const HART_PMP_STRETCH: usize = 0x660;
export const HART_PMP_FOUND: usize = 0x670;

/** TLB groups: U, S, S with SUM, M. Each has a TLB for reads, one for writes and one for fetches. */
export const HART_TLBS: usize = 0x1000;
export const TLB_GROUP_COUNT: usize = 4;
export const TLB_GROUP_BYTES: usize = 0x5010;
export const TLB_READ: usize = 0;
export const TLB_WRITE: usize = 0x2000;
export const TLB_FETCH: usize = 0x4000;
/** u32: which of the three may hold entries. */
export const TLB_USED: usize = 0x5000;
/** Entries: tag u64 (the virtual page, or all ones), then the displacement from virtual to memory address u32. */
export const TLB_ENTRY_BYTES: usize = 16;
/** No more than a page table has, of the fetch TLB either: see `dropTranslation`. */
export const TLB_DATA_ENTRIES: usize = 512;
/** Fetch entries hold the page's table of blocks u32 and its physical page number u32 in place of the displacement. */
export const TLB_FETCH_ENTRIES: usize = 256;

/**
 * WALKS_EPOCH if a walk has read a page table in the page since all TLBs were last emptied, with WALKED_ABOVE if the walk
 * has read it above the last level.
 */
export const PAGE_WALKS: usize = 0x200000;
export const WALKED_ABOVE: u32 = 0x80;
export const PAGE_FLAGS: usize = 0x300000;
export const PAGE_STATES: usize = 0x400000;
export const PAGE_ACTORS: usize = 0x500000;
/** u32 a page: its table of blocks, or 0. */
export const PAGE_TABLES: usize = 0x600000;

/** In front of each table a u64: which 64-byte lines of the page hold decoded code; its page number u32; and the index
 * of its generated function u32. */
export const BLOCK_TABLE_BYTES: usize = 0x2010;
export const BLOCK_TABLE_HEADER: usize = 16;
export const TABLE_PAGE: usize = 8;
export const TABLE_FUNCTION: usize = 4;
/** KEEP_EPOCH if the page has been held since that last changed; 0 if nobody has ever written to it; WRITTEN if that may have
 * been long ago. */
export const PAGE_KEPT: usize = 0xa00000;
export const WRITTEN: u32 = 255;
/** u32 for so many pages: another number after each change of their flags, states, actors or times. */
export const RECORDS_VERSIONS: usize = 0xafb000;
export const PAGES_PER_VERSION: u32 = 1024;
/** A byte for all virtual pages with the same hash: 1 if code in one has run since `beginKeeping`. The hash: the upper bits
 * of the product of the page's number and the factor, 32 bits each. */
export const EXECUTED: usize = 0xafc000;
export const EXECUTED_COUNT: u32 = 16384;
export const EXECUTED_FACTOR: u32 = 0x9e3779b1;
export const EXECUTED_SHIFT: u32 = 18;

/** A block: a header, then records; behind the last of them where it goes on. */
export const BLOCK_INSTRUCTION_COUNT_MAX: i32 = 64;

/** i32 at 0: instructions; u16 flags; u16: 1 + the entry where generated code begins with the block, or 0; u32: offset in
 * the page behind its last instruction; u32: a copy of the block as it was decoded, if generated code has changed it, or 0. */
export const BLOCK_HEADER_BYTES: usize = 16;
export const BLOCK_FLAGS: usize = 4;
export const BLOCK_ENTRY: usize = 6;
export const BLOCK_END_OFFSET: usize = 8;
export const BLOCK_COPY: usize = 12;
/** Its first record asks for a breakpoint. */
export const BLOCK_BREAKS: u32 = 1;
/** An END follows its instructions. */
export const BLOCK_IS_OPEN: u32 = 2;

/** u16 at 0: opcode; registers as u16 offsets into a hart's block; i32; offset in the page u16; instructions of the block,
 * from this one on, u16. */
export const RECORD_BYTES: usize = 16;
export const RECORD_RD: usize = 2;
export const RECORD_RS1: usize = 4;
export const RECORD_RS2: usize = 6;
export const RECORD_IMMEDIATE: usize = 8;
export const RECORD_OFFSET: usize = 12;
export const RECORD_LEFT: usize = 14;
/** Opcodes of records that are no instruction: these, counted from the number of instructions in the table. */
export const OPCODE_END: u32 = 0;
export const OPCODE_CUT: u32 = 1;
export const OPCODE_EVENT: u32 = 2;
export const OPCODE_EXIT: u32 = 3;
export const OPCODE_BREAK: u32 = 4;
export const OPCODE_ILLEGAL: u32 = 5;
export const OPCODE_GENERATED: u32 = 6;
/** From a block's last record: the blocks that follow in the same page, when a branch is not taken and when it is. */
export const LINK_NEXT: usize = 16;
export const LINK_TAKEN: usize = 20;

/**
 * An entry of what pages held: its page u32; its length in doublewords u32, with HELD_ZEROS if it says that they were zeros;
 * unless the page has not changed, which is an entry of length 1, a bit for each doubleword of the page, and those that have
 * their bit set, if they were not zeros. At first it is the whole page, and no bit is set.
 */
export const HELD_LENGTH: usize = 4;
export const HELD_MASK: usize = 8;
export const HELD_WORDS: usize = 72;
export const HELD_ZEROS: u32 = 0x80000000;
/** Room behind the limit for entries to be read by the host. */
export const HELD_READ_BYTES: usize = 0x40000;

/** A multiple of the host's huge pages. */
export const RAM: usize = 0xc00000;
/** Physical address of RAM on the `virt` board. */
export const RAM_BASE: usize = 0x80000000;

export const FLAG_PROTECTED: u32 = 1;
export const FLAG_CODE: u32 = 2;
/** `preserve` is to be called before the first change. */
export const FLAG_PRESERVE: u32 = 4;
/** A write TLB may hold the page. */
export const FLAG_WRITE_TLB: u32 = 8;
/** The host's page table has an entry for the page: somebody has read or written it. */
export const FLAG_TOUCHED: u32 = 16;
/** The dirty log is on and has not seen a write to the page. */
export const FLAG_CLEAN: u32 = 32;
/** A debugger watches bytes of the page: every write to it, every read by a hart, is shown to the host. */
export const FLAG_WATCHED_WRITES: u32 = 64;
export const FLAG_WATCHED_READS: u32 = 128;

export const WATCHED_READ: u32 = 0;
export const WATCHED_WRITE: u32 = 1;

export const STOP_COUNT: u32 = 0;
export const STOP_REQUESTED: u32 = 1;
export const STOP_BREAKPOINT: u32 = 2;
export const STOP_WFI: u32 = 3;
export const STOP_WRITE_FAULT: u32 = 4;
export const STOP_BUS_RETRY: u32 = 5;

export const BUS_OK: u32 = 0;
export const BUS_FAULT: u32 = 1;
export const BUS_RETRY: u32 = 2;
/** The access makes the device write to a protected page; the host has noted which. */
export const BUS_WRITE_FAULT: u32 = 3;
