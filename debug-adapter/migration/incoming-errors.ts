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
      `${path} has no page of RAM. With the capability x-ignore-shared, memory that QEMU shares (\`share=on\`) stays out of the stream: take it again without.`,
    ),
  pagesElsewhere: (path: string) =>
    new DebuggeeError(
      'snapshot-without-ram',
      `${path} has no page of RAM: they went through channels of their own. Take it without \`multifd\`, or with \`mapped-ram\` to a \`file:\`.`,
    ),
  otherPages: (path: string, byteCount: number) =>
    new DebuggeeError(
      'snapshot-page-size',
      `${path} has pages of ${byteCount} bytes; those of RISC-V have 4096. Is it of another architecture?`,
    ),
  noRam: (path: string, blocks: readonly string[]) =>
    new DebuggeeError(
      'snapshot-without-ram',
      `${path} has no RAM block \`riscv_virt_board.ram\`, but ${blocks.join(', ') || 'none at all'}: it is not of qemu-system-riscv64 -M virt.`,
    ),
  tooMuchRam: (path: string, byteCount: number, maxByteCount: number) =>
    new DebuggeeError(
      'snapshot-ram',
      `${path} is of a machine that has ${byteCount / 2 ** 20} MiB of RAM; this machine has at most ${maxByteCount / 2 ** 20}. Take it with less (\`-m\`).`,
    ),
  tooManyHarts: (path: string, count: number, max: number) =>
    new DebuggeeError(
      'snapshot-harts',
      `${path} is of a machine of ${count} harts; this one has at most ${max}. Take it with \`-smp ${max}\` or fewer.`,
    ),
  noDisk: (path: string) =>
    new DebuggeeError(
      'snapshot-needs-disk',
      `${path} is of a machine with a virtio disk, whose contents a snapshot never holds: set \`disk\` to the image as it was then (of Freezeframe's snapshots, the file beside it that ends in \`.disk\`).`,
    ),
  otherDisk: (path: string, disk: string) =>
    new DebuggeeError(
      'snapshot-of-another-disk',
      `${disk} is not the disk of ${path}: its SHA-256 is not the one that the snapshot names. Set \`disk\` to the image as it was at the snapshot, the file beside it that ends in \`.disk\` if there is one.`,
    ),
  withoutDisk: (path: string, disk: string) =>
    new DebuggeeError(
      'snapshot-without-disk',
      `${path} is of a machine without a virtio disk, but \`disk\` is ${disk}: leave it out, or restore the snapshot that it belongs to.`,
    ),
  incomplete: (path: string, reason: string) =>
    new DebuggeeError(
      'snapshot-incomplete',
      `${path} does not say all of a machine: ${reason}. Is it of qemu-system-riscv64 -M virt, with its default devices?`,
    ),
} as const;
