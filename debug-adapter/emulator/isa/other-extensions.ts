/** Mnemonics of extensions that the table does not describe: assemblers know them, nothing more is said of them here. */
const named: Readonly<Record<string, string>> = {
  H: 'hfence.vvma hfence.gvma hlv.b hlv.bu hlv.h hlv.hu hlv.w hlv.wu hlv.d hlvx.hu hlvx.wu hsv.b hsv.h hsv.w hsv.d',
  Svinval: 'sinval.vma sfence.w.inval sfence.inval.ir hinval.vvma hinval.gvma',
  Zicbom: 'cbo.clean cbo.flush cbo.inval',
  Zicboz: 'cbo.zero',
  Zicbop: 'prefetch.i prefetch.r prefetch.w',
  Zicond: 'czero.eqz czero.nez',
  Zawrs: 'wrs.nto wrs.sto',
  Zihintntl: 'ntl.p1 ntl.pall ntl.s1 ntl.all c.ntl.p1 c.ntl.pall c.ntl.s1 c.ntl.all',
  Zicfilp: 'lpad sspush sspopchk ssrdp c.sspush c.sspopchk',
  Zbkb: 'brev8 pack packh packw zip unzip xperm4 xperm8',
  Zkn: 'aes32dsi aes32dsmi aes32esi aes32esmi aes64ds aes64dsm aes64es aes64esm aes64im aes64ks1i aes64ks2 sha256sig0 sha256sig1 sha256sum0 sha256sum1 sha512sig0 sha512sig0h sha512sig0l sha512sig1 sha512sig1h sha512sig1l sha512sum0 sha512sum0r sha512sum1 sha512sum1r',
  Zks: 'sm3p0 sm3p1 sm4ed sm4ks',
  Zcb: 'c.lbu c.lh c.lhu c.sb c.sh c.zext.b c.sext.b c.zext.h c.sext.h c.zext.w c.not c.mul',
  Zcmp: 'cm.push cm.pop cm.popret cm.popretz cm.mva01s cm.mvsa01 cm.jt cm.jalt',
  RV32: 'rdcycleh rdtimeh rdinstreth c.jal c.flw c.fsw c.flwsp c.fswsp',
  RV128: 'lq sq c.lq c.sq c.lqsp c.sqsp',
  Privileged: 'uret hret dret mnret sctrclr sfence.vm',
  Assembler: 'la.tls.ld la.tlsdesc mop.r mop.rr vt.maskc vt.maskcn',
};
const names: ReadonlySet<string> = new Set(Object.values(named).flatMap((list) => list.split(' ')));

/** Vectors; half, quad and other floating-point formats; atomics of other widths; may-be-operations; vendors' own. */
const families: readonly RegExp[] = [
  /^v[a-z0-9]+(\.[a-z0-9]+)*$/,
  /^f[a-z0-9]+(\.[a-z0-9]+)*\.(h|q|bf16)(\.[a-z0-9]+)*$/,
  /^(flh|fsh|flq|fsq)$/,
  /^(fminm|fmaxm|fleq|fltq|fround|froundnx|fli|fmvh|fmvp|fcvtmod)\./,
  /^(amo[a-z]+|lr|sc)\.(b|h|q)(\.(aq|rl|aqrl))?$/,
  /^(amocas|ssamoswap)\.[wd](\.(aq|rl|aqrl))?$/,
  /^(l|s)[bhwd]u?\.(aq|rl|aqrl)$/,
  /^mop\.rr?\.\d+$|^c\.mop\.\d+$/,
  /^(th|sf|cv|mips|nds|xv|smt|qc|ri|andes|aif)\./,
];

export function isOfOtherExtension(mnemonic: string): boolean {
  return names.has(mnemonic) || families.some((family) => family.test(mnemonic));
}
