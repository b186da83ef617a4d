import { assemble } from '../../debug-adapter/emulator/isa/assembler';

/** Pages of RAM that only the device writes: the used ring, and the buffers one after the other. */
export const usedRingPage = 0x11;
export const firstBufferPage = 0x20;
export const bufferPageCount = 64;

/**
 * Asks the entropy device in the last slot for 256 bytes, waits for them, takes the next page and asks again, for ever;
 * counts in a0. Its queue of 8 is at 0x80010000.
 */
const program = [
  'lui s0, 0x10008',
  'lui s1, 0x80010',
  'slli s1, s1, 32',
  'srli s1, s1, 32',
  'lui t0, 1',
  'sw t0, 40(s0)', // GuestPageSize
  'sw t0, 60(s0)', // QueueAlign
  'add s3, s1, t0', // used ring
  'addi t0, zero, 8',
  'sw t0, 56(s0)', // QueueNum
  'srli t0, s1, 12',
  'sw t0, 64(s0)', // QueuePFN
  'addi t0, zero, 7',
  'sw t0, 112(s0)', // Status: ACKNOWLEDGE, DRIVER, DRIVER_OK
  'addi t0, zero, 256',
  'sw t0, 8(s1)', // length
  'addi t0, zero, 2',
  'sw t0, 12(s1)', // flags: the device writes
  'lui t0, 16',
  'add s2, s1, t0', // buffers
  // loop: the descriptor's address
  'slli t1, s5, 12',
  'add t1, t1, s2',
  'sd t1, 0(s1)',
  // available: ring[s4 % 8] = 0, index = ++s4
  'andi t2, s4, 7',
  'slli t2, t2, 1',
  'add t2, t2, s1',
  'sh zero, 132(t2)',
  'addi s4, s4, 1',
  'sh s4, 130(s1)',
  'sw zero, 80(s0)', // QueueNotify
  // until used.idx = s4
  'lhu t3, 2(s3)',
  'slli t4, s4, 48',
  'srli t4, t4, 48',
  'bne t3, t4, -12',
  'addi s5, s5, 1',
  'andi s5, s5, 63',
  'addi a0, a0, 1',
  'jal zero, -68',
];

/** A flat image for the start of RAM. */
export function randomReader(): Uint8Array {
  return new Uint8Array(Uint32Array.from(program.map(assemble)).buffer);
}
