import { assemble } from '../../debug-adapter/emulator/isa/assembler';

/**
 * Programs 200 words of pseudo-random pages of flash's first MiB, 2000 instructions apart, and writes as many to sixteen
 * pages of RAM; and then does nothing any more.
 */
const program = [
  'lui s0, 0x20000',
  'lui s1, 0x100',
  'addi s1, s1, -4',
  'csrrs t0, mhartid, zero',
  'addi s2, t0, 1',
  'lui s3, 0x41c65',
  'addi s3, s3, -403',
  'addi s4, zero, 200',
  'lui s5, 0x80010',
  'slli s5, s5, 32',
  'srli s5, s5, 32',
  'lui s6, 0xf',
  // loop: the next of the sequence
  'mul s2, s2, s3',
  'addi s2, s2, 1234',
  'srli t1, s2, 9',
  'and t1, t1, s1',
  'add t1, t1, s0',
  'addi t2, zero, 0x40', // program
  'sb t2, 0(t1)',
  'sw s2, 0(t1)',
  'addi t2, zero, 0xff', // array again
  'sb t2, 0(t1)',
  'addi t3, zero, 500',
  'addi t3, t3, -1',
  'bne t3, zero, -4',
  'and t4, t1, s6',
  'add t4, t4, s5',
  'sw s2, 0(t4)',
  'addi t3, zero, 500',
  'addi t3, t3, -1',
  'bne t3, zero, -4',
  'addi s4, s4, -1',
  'bne s4, zero, -80',
  'jal zero, 0',
];

/** A flat image for the start of RAM. */
export function flashProgrammer(): Uint8Array {
  return new Uint8Array(Uint32Array.from(program.map(assemble)).buffer);
}
