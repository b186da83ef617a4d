/** What GNU as makes of `li` for RV64: the constant's parts from the top down, each but the last shifted into place. */
export function constantLoad(register: string, value: bigint, add: 'addi' | 'addiw' = 'addi'): readonly string[] {
  const low = BigInt.asIntN(12, value);
  if (value === BigInt.asIntN(32, value)) {
    const high = BigInt.asUintN(20, (value - low) >> 12n);
    if (high === 0n) return [`${add} ${register},zero,${low}`];
    const first = `lui ${register},0x${high.toString(16)}`;
    return low === 0n ? [first] : [first, `addiw ${register},${register},${low}`];
  }
  let rest = BigInt.asIntN(64, value - low) >> 12n;
  let shift = 12n;
  while ((rest & 1n) === 0n) {
    rest >>= 1n;
    shift++;
  }
  const lines = [...constantLoad(register, rest, 'addiw'), `slli ${register},${register},0x${shift.toString(16)}`];
  return low === 0n ? lines : [...lines, `addi ${register},${register},${low}`];
}
