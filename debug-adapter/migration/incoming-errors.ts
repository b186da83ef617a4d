import { DebuggeeError } from '../debuggee/debuggee';
import { faultAdvice, faultText, type StreamFault } from '../vmstate/stream-fault';

/** Why a stream cannot be restored here: each says what and what to do. */
export const incomingErrors = {
  unreadable: (path: string, fault: StreamFault) =>
    new DebuggeeError('snapshot-unreadable', `${path} cannot be restored: ${faultText(fault)}. ${faultAdvice(fault)}`),
  otherMachine: (path: string, machine: string) =>
    new DebuggeeError(
      'snapshot-of-another-machine',
      `${path} is a snapshot of QEMU's machine "${machine}"; only those of "virt" (qemu-system-riscv64 -M virt) can be restored here.`,
    ),
  withoutPages: (path: string) =>
    new DebuggeeError(
      'snapshot-without-ram',
      `${path} has no RAM pages. With x-ignore-shared, shared memory (\`share=on\`) is left out of the stream: take it again without.`,
    ),
  pagesElsewhere: (path: string) =>
    new DebuggeeError(
      'snapshot-without-ram',
      `${path} has no RAM pages: they went through other channels. Take it without \`multifd\`, or with \`mapped-ram\` to a \`file:\`.`,
    ),
  otherPages: (path: string, byteCount: number) =>
    new DebuggeeError(
      'snapshot-page-size',
      `${path} has pages of ${byteCount} bytes; RISC-V has 4096. Is it from another architecture?`,
    ),
  noRam: (path: string, blocks: readonly string[]) =>
    new DebuggeeError(
      'snapshot-without-ram',
      `${path} has no RAM block \`riscv_virt_board.ram\`, but ${blocks.join(', ') || 'none at all'}: it is not from qemu-system-riscv64 -M virt.`,
    ),
  tooMuchRam: (path: string, byteCount: number, maxByteCount: number) =>
    new DebuggeeError(
      'snapshot-ram',
      `${path} is from a machine with ${byteCount / 2 ** 20} MiB of RAM; the limit here is ${maxByteCount / 2 ** 20}. Take it with less (\`-m\`).`,
    ),
  tooManyHarts: (path: string, count: number, max: number) =>
    new DebuggeeError(
      'snapshot-harts',
      `${path} is from a machine with ${count} harts; the limit here is ${max}. Take it with \`-smp ${max}\` or fewer.`,
    ),
  noDisk: (path: string) =>
    new DebuggeeError(
      'snapshot-needs-disk',
      `${path} is from a machine with a virtio disk, whose contents a snapshot never holds: set \`disk\` to the image of that instant (for a snapshot by Freezeframe, the \`.disk\` file beside it).`,
    ),
  otherDisk: (path: string, disk: string) =>
    new DebuggeeError(
      'snapshot-of-another-disk',
      `${disk} is not the disk of ${path}: its SHA-256 is not the one in the snapshot. Set \`disk\` to the image of that instant, the \`.disk\` file beside it if there is one.`,
    ),
  withoutDisk: (path: string, disk: string) =>
    new DebuggeeError(
      'snapshot-without-disk',
      `${path} is from a machine without a virtio disk: leave out \`disk\` (${disk}), or restore the snapshot it belongs to.`,
    ),
  incomplete: (path: string, reason: string) =>
    new DebuggeeError(
      'snapshot-incomplete',
      `${path} does not describe a whole machine: ${reason}. Is it from qemu-system-riscv64 -M virt with its default devices?`,
    ),
} as const;
