/**
 * CSRs by name: number, manual section, what each holds, and its fields. `P` sections are of the privileged manual 1.12,
 * the others of the unprivileged one. Rows of RV64; whether or not the core has them.
 */
export interface CsrField {
  readonly name: string;
  /** Lowest and highest bit. */
  readonly low: number;
  readonly high: number;
  readonly meaning: string;
}

export interface Csr {
  readonly name: string;
  readonly number: number;
  readonly section: string;
  readonly summary: string;
  readonly fields: readonly CsrField[];
}

/** Name, number, section, summary, fields as `NAME bit` or `NAME high:low`. */
type Row = readonly [string, number, string, string, string?];

const interrupts = (mode: 'M' | 'S' | 'VS', letter: 'P' | 'E'): string => {
  const supervisor = `SSI${letter} 1, STI${letter} 5, SEI${letter} 9`;
  const guest = `VSSI${letter} 2, VSTI${letter} 6, VSEI${letter} 10, SGEI${letter} 12`;
  if (mode === 'VS') return guest;
  return mode === 'S' ? supervisor : `${supervisor}, MSI${letter} 3, MTI${letter} 7, MEI${letter} 11`;
};
const sstatusFields = 'SIE 1, SPIE 5, UBE 6, SPP 8, VS 10:9, FS 14:13, XS 16:15, SUM 18, MXR 19, UXL 33:32, SD 63';
const counters = 'CY 0, TM 1, IR 2, HPM 31:3';
const cause = 'Interrupt 63, Code 62:0';
const vector = 'MODE 1:0, BASE 63:2';
const envcfg = 'FIOM 0, CBIE 5:4, CBCFE 6, CBZE 7';

const rows = [
  ['fflags', 0x001, '11.2', 'Accrued floating-point exceptions', 'NX 0, UF 1, OF 2, DZ 3, NV 4'],
  ['frm', 0x002, '11.2', 'Floating-point dynamic rounding mode', 'RM 2:0'],
  ['fcsr', 0x003, '11.2', 'Floating-point control and status', 'NX 0, UF 1, OF 2, DZ 3, NV 4, RM 7:5'],
  ['sstatus', 0x100, 'P 4.1.1', 'Supervisor status: what S-mode sees of `mstatus`', sstatusFields],
  ['sie', 0x104, 'P 4.1.3', 'Supervisor interrupt enable', interrupts('S', 'E')],
  ['stvec', 0x105, 'P 4.1.2', 'Supervisor trap vector', vector],
  ['scounteren', 0x106, 'P 4.1.5', 'Counters that U-mode may read', counters],
  ['senvcfg', 0x10a, 'P 4.1.10', 'Supervisor environment configuration', envcfg],
  ['sscratch', 0x140, 'P 4.1.6', 'Scratch register for supervisor trap handlers'],
  ['sepc', 0x141, 'P 4.1.7', 'Supervisor exception program counter: where `sret` goes back to'],
  ['scause', 0x142, 'P 4.1.8', 'Cause of the last trap taken in S-mode', cause],
  ['stval', 0x143, 'P 4.1.9', 'Faulting address or instruction of the last trap taken in S-mode'],
  ['sip', 0x144, 'P 4.1.3', 'Supervisor interrupts pending', interrupts('S', 'P')],
  ['stimecmp', 0x14d, 'Sstc', 'Supervisor timer compare: STIP is pending while `time` is not below it'],
  ['satp', 0x180, 'P 4.1.11', 'Supervisor address translation and protection', 'PPN 43:0, ASID 59:44, MODE 63:60'],
  ['vsstatus', 0x200, 'P 8.2.11', "Virtual supervisor status: the guest's `sstatus`", sstatusFields],
  ['vsie', 0x204, 'P 8.2.12', "Virtual supervisor interrupt enable: the guest's `sie`", interrupts('S', 'E')],
  ['vstvec', 0x205, 'P 8.2.13', "Virtual supervisor trap vector: the guest's `stvec`", vector],
  ['vsscratch', 0x240, 'P 8.2.14', "Virtual supervisor scratch: the guest's `sscratch`"],
  ['vsepc', 0x241, 'P 8.2.15', "Virtual supervisor exception program counter: the guest's `sepc`"],
  ['vscause', 0x242, 'P 8.2.16', "Virtual supervisor cause: the guest's `scause`", cause],
  ['vstval', 0x243, 'P 8.2.17', "Virtual supervisor trap value: the guest's `stval`"],
  ['vsip', 0x244, 'P 8.2.12', "Virtual supervisor interrupts pending: the guest's `sip`", interrupts('S', 'P')],
  [
    'vsatp',
    0x280,
    'P 8.2.18',
    "Virtual supervisor address translation: the guest's `satp`",
    'PPN 43:0, ASID 59:44, MODE 63:60',
  ],
  [
    'mstatus',
    0x300,
    'P 3.1.6',
    'Machine status',
    `${sstatusFields}, MIE 3, MPIE 7, MPP 12:11, MPRV 17, TVM 20, TW 21, TSR 22, SXL 35:34, SBE 36, MBE 37, GVA 38, MPV 39`,
  ],
  ['misa', 0x301, 'P 3.1.1', 'Base ISA and the single-letter extensions in use', 'Extensions 25:0, MXL 63:62'],
  ['medeleg', 0x302, 'P 3.1.8', 'Exceptions that S-mode handles, a bit for each cause'],
  ['mideleg', 0x303, 'P 3.1.8', 'Interrupts that S-mode handles', interrupts('M', 'P')],
  ['mie', 0x304, 'P 3.1.9', 'Machine interrupt enable', interrupts('M', 'E')],
  ['mtvec', 0x305, 'P 3.1.7', 'Machine trap vector', vector],
  ['mcounteren', 0x306, 'P 3.1.11', 'Counters that the next lower mode may read', counters],
  ['menvcfg', 0x30a, 'P 3.1.18', 'Machine environment configuration', `${envcfg}, PBMTE 62, STCE 63`],
  ['mcountinhibit', 0x320, 'P 3.1.12', 'Counters that stand still', 'CY 0, IR 2, HPM 31:3'],
  ['mscratch', 0x340, 'P 3.1.13', 'Scratch register for machine trap handlers'],
  ['mepc', 0x341, 'P 3.1.14', 'Machine exception program counter: where `mret` goes back to'],
  ['mcause', 0x342, 'P 3.1.15', 'Cause of the last trap taken in M-mode', cause],
  ['mtval', 0x343, 'P 3.1.16', 'Faulting address or instruction of the last trap taken in M-mode'],
  ['mip', 0x344, 'P 3.1.9', 'Machine interrupts pending', interrupts('M', 'P')],
  [
    'hstatus',
    0x600,
    'P 8.2.1',
    'Hypervisor status',
    'VSBE 5, GVA 6, SPV 7, SPVP 8, HU 9, VGEIN 17:12, VTVM 20, VTW 21, VTSR 22, VSXL 33:32',
  ],
  ['hedeleg', 0x602, 'P 8.2.2', 'Exceptions that the guest (VS-mode) handles, a bit for each cause'],
  ['hideleg', 0x603, 'P 8.2.2', 'Interrupts that the guest (VS-mode) handles', 'VSSIP 2, VSTIP 6, VSEIP 10'],
  ['hie', 0x604, 'P 8.2.3', 'Hypervisor interrupt enable', interrupts('VS', 'E')],
  ['htimedelta', 0x605, 'P 8.2.7', 'Added to `time` where a guest reads it'],
  ['hcounteren', 0x606, 'P 8.2.6', 'Counters that a guest may read', counters],
  ['hgeie', 0x607, 'P 8.2.4', 'Guest external interrupt enable, a bit for each'],
  ['htval', 0x643, 'P 8.2.8', 'Guest physical address of the last guest-page fault, shifted right by two'],
  ['hip', 0x644, 'P 8.2.3', 'Hypervisor interrupts pending', interrupts('VS', 'P')],
  ['hvip', 0x645, 'P 8.2.3', 'Interrupts that the hypervisor raises in its guest', 'VSSIP 2, VSTIP 6, VSEIP 10'],
  ['htinst', 0x64a, 'P 8.2.9', 'The instruction, transformed, that trapped into HS-mode'],
  ['hgatp', 0x680, 'P 8.2.10', 'Guest address translation and protection', 'PPN 43:0, VMID 57:44, MODE 63:60'],
  ['tselect', 0x7a0, 'Debug', 'Which trigger `tdata1` to `tdata3` show'],
  ['tdata1', 0x7a1, 'Debug', 'First data register of the selected trigger', 'type 63:60, dmode 59'],
  ['tdata2', 0x7a2, 'Debug', 'Second data register of the selected trigger'],
  ['tdata3', 0x7a3, 'Debug', 'Third data register of the selected trigger'],
  ['tinfo', 0x7a4, 'Debug', 'Types that the selected trigger can have, a bit for each'],
  ['mcycle', 0xb00, 'P 3.1.10', 'Clock cycles that the hart has run'],
  ['minstret', 0xb02, 'P 3.1.10', 'Instructions that the hart has retired'],
  ['cycle', 0xc00, '10.1', 'Clock cycles: `mcycle`, to be read in any mode that may'],
  ['time', 0xc01, '10.1', 'Wall-clock time: `mtime`, to be read in any mode that may'],
  ['instret', 0xc02, '10.1', 'Retired instructions: `minstret`, to be read in any mode that may'],
  ['hgeip', 0xe12, 'P 8.2.4', 'Guest external interrupts pending, a bit for each'],
  ['mvendorid', 0xf11, 'P 3.1.2', 'JEDEC manufacturer ID of the core, or 0'],
  ['marchid', 0xf12, 'P 3.1.3', 'Microarchitecture of the hart'],
  ['mimpid', 0xf13, 'P 3.1.4', 'Version of the implementation'],
  ['mhartid', 0xf14, 'P 3.1.5', 'Number of the hart'],
  ['mconfigptr', 0xf15, 'P 3.1.17', 'Address of the configuration data structure, or 0'],
] as const satisfies readonly Row[];

const numbered = (prefix: string, first: number, last: number, base: number, section: string, summary: string): Row[] =>
  Array.from({ length: last - first + 1 }, (_, index) => [`${prefix}${first + index}`, base + index, section, summary]);

const numberedRows: readonly Row[] = [
  ...numbered('mhpmevent', 3, 31, 0x323, 'P 3.1.10', 'Event that the performance counter of the same number counts'),
  ...numbered(
    'pmpcfg',
    0,
    3,
    0x3a0,
    'P 3.7.1',
    'Physical memory protection: eight entries, a byte each (R, W, X, A, L)',
  ),
  ...numbered('pmpaddr', 0, 15, 0x3b0, 'P 3.7.1', 'Physical memory protection: an address, shifted right by two'),
  ...numbered('mhpmcounter', 3, 31, 0xb03, 'P 3.1.10', 'Performance counter'),
  ...numbered('hpmcounter', 3, 31, 0xc03, '10.2', 'Performance counter, to be read in any mode that may'),
];

/** What a field says, by name; by `csr.name` where the name alone does not tell. */
const meanings: Readonly<Record<string, string>> = {
  NX: 'inexact',
  UF: 'underflow',
  OF: 'overflow',
  DZ: 'divide by zero',
  NV: 'invalid operation',
  RM: 'rounding mode: 0 RNE, 1 RTZ, 2 RDN, 3 RUP, 4 RMM',
  SIE: 'S-mode interrupts enabled',
  MIE: 'M-mode interrupts enabled',
  SPIE: 'SIE before the trap',
  MPIE: 'MIE before the trap',
  SPP: 'mode before the trap: 0 U, 1 S',
  MPP: 'mode before the trap: 0 U, 1 S, 3 M',
  UBE: 'U-mode memory accesses are big-endian',
  SBE: 'S-mode memory accesses are big-endian',
  MBE: 'M-mode memory accesses are big-endian',
  VS: 'state of the vector unit: 0 off, 1 initial, 2 clean, 3 dirty',
  FS: 'state of the floating-point unit: 0 off, 1 initial, 2 clean, 3 dirty',
  XS: 'state of other extensions: 0 off, 1 initial, 2 clean, 3 dirty',
  MPRV: 'loads and stores as in the mode of MPP',
  SUM: "S-mode may access U-mode's pages",
  MXR: 'executable pages may be read',
  TVM: '`satp` and `sfence.vma` trap in S-mode',
  TW: '`wfi` traps below M-mode',
  TSR: '`sret` traps in S-mode',
  UXL: 'XLEN in U-mode: 1 32 bits, 2 64 bits',
  SXL: 'XLEN in S-mode: 1 32 bits, 2 64 bits',
  GVA: 'the trap value is a guest virtual address',
  MPV: 'virtualization mode before the trap',
  SD: 'FS, VS or XS is dirty',
  SSIP: 'supervisor software interrupt',
  STIP: 'supervisor timer interrupt',
  SEIP: 'supervisor external interrupt',
  MSIP: 'machine software interrupt',
  MTIP: 'machine timer interrupt',
  MEIP: 'machine external interrupt',
  VSSIP: 'virtual supervisor software interrupt',
  VSTIP: 'virtual supervisor timer interrupt',
  VSEIP: 'virtual supervisor external interrupt',
  SGEIP: 'supervisor guest external interrupt',
  BASE: "handler's address, a multiple of 4",
  CY: '`cycle`',
  TM: '`time`',
  IR: '`instret`',
  HPM: '`hpmcounter3` to `hpmcounter31`, a bit for each',
  FIOM: 'fences of I/O order memory too',
  CBIE: '`cbo.inval`: 0 traps, 1 flushes, 3 invalidates',
  CBCFE: '`cbo.clean` and `cbo.flush` allowed',
  CBZE: '`cbo.zero` allowed',
  PBMTE: 'Svpbmt: memory types in page tables',
  STCE: 'Sstc: `stimecmp` in S-mode',
  Interrupt: 'the trap was an interrupt',
  Code: 'number of the exception or interrupt',
  PPN: 'page number of the root page table',
  ASID: 'address space',
  VMID: 'virtual machine',
  'satp.MODE': '0 Bare, 8 Sv39, 9 Sv48, 10 Sv57',
  'vsatp.MODE': '0 Bare, 8 Sv39, 9 Sv48, 10 Sv57',
  'hgatp.MODE': '0 Bare, 8 Sv39x4, 9 Sv48x4, 10 Sv57x4',
  MODE: '0 direct, 1 vectored',
  Extensions: 'a bit for each letter, A in bit 0',
  MXL: 'XLEN in M-mode: 1 32 bits, 2 64 bits',
  VSBE: 'VS-mode memory accesses are big-endian',
  SPV: 'virtualization mode before the trap',
  SPVP: 'mode of the guest before the trap: 0 VU, 1 VS',
  HU: '`hlv` and `hsv` allowed in U-mode',
  VGEIN: 'which guest external interrupt VS-mode gets',
  VTVM: '`satp` and `sfence.vma` trap in VS-mode',
  VTW: '`wfi` traps in VS-mode',
  VTSR: '`sret` traps in VS-mode',
  VSXL: 'XLEN in VS-mode: 1 32 bits, 2 64 bits',
  type: 'what the trigger watches',
  dmode: 'only a debugger may write it',
};

/** In the order of their numbers. */
export const csrs: readonly Csr[] = [...rows, ...numberedRows]
  .map(([name, number, section, summary, fields]: Row) => ({
    name,
    number,
    section,
    summary,
    fields: (fields?.split(', ') ?? []).map((field) => parseField(name, field)).sort((a, b) => a.low - b.low),
  }))
  .sort((a, b) => a.number - b.number);

/** Names by number, for the disassembler and whoever decodes. */
export const csrNames: ReadonlyMap<number, string> = new Map(csrs.map(({ name, number }) => [number, name]));

/** Of those that are numbered the first; the others follow it. */
export type CsrName = (typeof rows)[number][0] | 'mhpmevent3' | 'pmpcfg0' | 'pmpaddr0' | 'mhpmcounter3';

/** Numbers by name, checked by the compiler. */
export const csrNumbers = Object.fromEntries(csrs.map(({ name, number }) => [name, number])) as Readonly<
  Record<CsrName, number>
>;

/**
 * CSRs of RV32 and of extensions that no row describes, which assemblers know: a name that is neither here nor in a row is
 * likely a mistake.
 */
const furtherNames: ReadonlySet<string> = new Set(
  [
    'vstart vxsat vxrm vcsr vl vtype vlenb seed jvt ssp utvt unxti uintstatus uscratchcsw uscratchcswl',
    'cycleh timeh instreth mcycleh minstreth mstatush medelegh menvcfgh mseccfg mseccfgh mtinst mtval2',
    'henvcfg henvcfgh hedelegh htimedeltah vstimecmp vstimecmph stimecmph hcontext scontext mcontext',
    'siselect sireg sireg2 sireg3 sireg4 sireg5 sireg6 stopei stopi sieh siph miselect mireg mireg2 mireg3 mireg4 mireg5',
    'mireg6 mtopei mtopi mvien mvip mvienh mviph midelegh mieh miph vsiselect vsireg vsireg2 vsireg3 vsireg4 vsireg5',
    'vsireg6 vstopei vstopi vsieh vsiph hvien hvictl hviprio1 hviprio2 hviprio1h hviprio2h hidelegh hvienh hviph',
    'mstateen0 mstateen1 mstateen2 mstateen3 mstateen0h mstateen1h mstateen2h mstateen3h',
    'sstateen0 sstateen1 sstateen2 sstateen3 hstateen0 hstateen1 hstateen2 hstateen3',
    'hstateen0h hstateen1h hstateen2h hstateen3h scountovf scountinhibit mcyclecfg minstretcfg mcyclecfgh minstretcfgh',
    'mnscratch mnepc mncause mnstatus srmcfg sctrctl sctrstatus sctrdepth vsctrctl mctrctl',
    'tcontrol mscontext dcsr dpc dscratch0 dscratch1 dscratch sptbr sbadaddr mbadaddr',
    'mintstatus mintthresh mtvt mnxti mscratchcsw mscratchcswl sintstatus sintthresh stvt snxti sscratchcsw sscratchcswl',
    'ustatus uie utvec uscratch uepc ucause utval ubadaddr uip sedeleg sideleg mbase mbound mibase mibound mdbase mdbound',
    'mucounteren mscounteren mhcounteren hscratch hepc hcause hbadaddr htvec',
    'mcontrol mcontrol6 icount itrigger etrigger tmexttrigger textra32 textra64 etcontrol',
  ].flatMap((names) => names.split(' ')),
);
const furtherNumbered = /^(pmpcfg|pmpaddr|m?hpmcounter\d+h?$|mhpmevent\d+h?$)\d*$/;
const described: ReadonlyMap<string, Csr> = new Map(csrs.map((csr) => [csr.name, csr]));

export function findCsr(name: string): Csr | undefined {
  return described.get(name);
}

/** Whether assemblers know a CSR of this name, described here or not. */
export function isCsrName(name: string): boolean {
  return described.has(name) || furtherNames.has(name) || furtherNumbered.test(name);
}

function parseField(csr: string, text: string): CsrField {
  const [name = '', bits = ''] = text.split(' ');
  const [high = 0, low = high] = bits.split(':').map(Number);
  // Enable bits mean what the pending ones mean.
  const meaning = meanings[`${csr}.${name}`] ?? meanings[name] ?? meanings[name.replace(/E$/, 'P')];
  if (meaning === undefined) throw new Error(`${csr}: nothing is said of the field ${name}`);
  return { name, low, high, meaning };
}
