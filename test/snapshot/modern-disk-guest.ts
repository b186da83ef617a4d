import { assemble } from '../../debug-adapter/emulator/isa/assembler';

const [descriptors, available, used, request, results] = [0x1_0000, 0x1_1000, 0x1_2000, 0x1_3000, 0x1_4000];
const buffer = 0x1_5000;
const end = 0x1_6000;
const ramBase = 0x8000_0000;
/** What the guest counts: 64 bits each. */
export const countsAddress = ramBase + results;
export const countNames = ['sectors', 'pendingAfterCompletion', 'early', 'wrong'] as const;

/** Each holds its own number at its start. */
export const disk = Uint8Array.from({ length: 64 * 512 }, (_, index) => (index % 512 === 0 ? index >> 9 : 0));

/** The upper half words of RAM's addresses, without sign. */
const address = (register: string, offset: number): string[] => [
  `lui ${register},${(ramBase + offset) >>> 12}`,
  `slli ${register},${register},32`,
  `srli ${register},${register},32`,
];
const set = (offset: number, value: number): string[] => [`addi t0,zero,${value}`, `sw t0,${offset}(s0)`];

/**
 * Reads one sector after the other from the disk in slot 0 by the modern interface, as xv6 does: rings in pages of their
 * own, an interrupt by the PLIC for each request. Of two interrupts it acknowledges only one to the device, whose wire
 * stays up over the completion of the other.
 */
const loop = [
  'sd s5,8(s2)', // sector
  'andi t2,s4,7',
  'slli t2,t2,1',
  'add t2,t2,s6',
  'sh zero,4(t2)', // ring[s4 % 8] = 0
  'addi s4,s4,1',
  'sh s4,2(s6)',
  'sw zero,80(s0)', // QueueNotify
  // 32: until MEIP
  'wfi',
  'csrrs t2,mip,zero',
  'and t2,t2,s10',
  'beq t2,zero,-12',
  'lw t3,4(s8)', // claim
  'andi t4,s4,1',
  'beq t4,zero,12',
  'addi t5,zero,1',
  'sw t5,100(s0)', // InterruptACK
  'sw t3,4(s8)', // complete
  'csrrs t2,mip,zero',
  'and t2,t2,s10',
  'beq t2,zero,8',
  'addi a1,a1,1',
  // 88: the used index is the request's, or the interrupt came early
  'lhu t3,2(s3)',
  'slli t4,s4,48',
  'srli t4,t4,48',
  'beq t3,t4,12',
  'addi a2,a2,1',
  'jal zero,-76',
  // 112
  'lbu t3,0(s7)',
  'beq t3,s5,8',
  'addi a3,a3,1',
  'addi s5,s5,1',
  'andi s5,s5,63',
  'addi a0,a0,1',
  'sd a0,0(s9)',
  'sd a1,8(s9)',
  'sd a2,16(s9)',
  'sd a3,24(s9)',
];
const program = (acceptsVersion1: boolean) => [
  'lui s0,0x10001',
  ...address('s1', descriptors),
  ...address('s2', request),
  ...address('s3', used),
  ...address('s6', available),
  ...address('s7', buffer),
  ...address('s9', results),
  ...set(112, 1), // Status: ACKNOWLEDGE
  ...set(112, 3), // DRIVER
  ...set(36, 0),
  ...set(32, 0),
  ...set(36, 1),
  ...set(32, acceptsVersion1 ? 1 : 0), // VIRTIO_F_VERSION_1
  ...set(112, 11), // FEATURES_OK
  ...set(48, 0),
  ...set(56, 8), // QueueNum
  'sw s1,128(s0)',
  'sw s6,144(s0)',
  'sw s3,160(s0)',
  ...set(68, 1), // QueueReady
  ...set(112, 15), // DRIVER_OK
  'lui t1,0xc000',
  'addi t0,zero,1',
  'sw t0,4(t1)', // priority of source 1
  'lui t1,0xc002',
  'addi t0,zero,2',
  'sw t0,0(t1)', // enabled for hart 0 in M mode
  'lui s8,0xc200',
  'sw zero,0(s8)', // threshold
  'addi s10,zero,1',
  'slli s10,s10,11', // MEIP
  'csrrs zero,mie,s10',
  ...['a0', 'a1', 'a2', 'a3'].map((count) => `addi ${count},zero,0`),
  ...loop,
  `jal zero,${-4 * loop.length}`,
];

/** A flat image for the start of RAM. xv6 does not accept VIRTIO_F_VERSION_1. */
export function modernDiskGuest(acceptsVersion1 = true): Uint8Array {
  const bytes = new Uint8Array(end);
  bytes.set(new Uint8Array(Uint32Array.from(program(acceptsVersion1).map(assemble)).buffer));
  const view = new DataView(bytes.buffer);
  const [hasNext, isWritable] = [1, 2];
  for (const [index, [at, byteCount, flags]] of [
    [request, 16, hasNext],
    [buffer, 512, hasNext | isWritable],
    [request + 16, 1, isWritable],
  ].entries()) {
    const descriptor = descriptors + 16 * index;
    view.setBigUint64(descriptor, BigInt(ramBase + at!), true);
    view.setUint32(descriptor + 8, byteCount!, true);
    view.setUint16(descriptor + 12, flags!, true);
    view.setUint16(descriptor + 14, index + 1, true);
  }
  return bytes;
}
