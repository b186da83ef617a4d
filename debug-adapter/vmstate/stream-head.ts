import { ByteCursor } from './byte-cursor';
import type { Reading } from './reading';
import { StreamReadError } from './stream-fault';

/** Head of what `virsh save` writes (virQEMUSaveHeader in libvirt's qemu_saveimage.h): the stream lies behind its XML. */
const libvirtMagic = 'LibvirtQemudSave';
const libvirtUnfinishedMagic = 'LibvirtQemudPart';
const libvirtHeadByteCount = 92;
const libvirtVersionMax = 3;
/** By the number in its head; `raw` and `sparse` (QEMU's `mapped-ram`) are not compressed. */
const libvirtFormats = ['raw', 'gzip', 'bzip2', 'xz', 'lzop', 'zstd', 'sparse'] as const;

interface Foreign {
  readonly magic: readonly number[];
  readonly name: string;
  readonly advice: string;
}

const decompress = (program: string): string => `Decompress it: \`${program} -dc FILE | freezeframe inspect -\`.`;

/** What is taken for a stream and is none, by its first bytes. */
const foreign: readonly Foreign[] = [
  { magic: [0x1f, 0x8b], name: 'a file compressed by gzip', advice: decompress('gzip') },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: 'a file compressed by xz', advice: decompress('xz') },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], name: 'a file compressed by zstd', advice: decompress('zstd') },
  { magic: [0x42, 0x5a, 0x68], name: 'a file compressed by bzip2', advice: decompress('bzip2') },
  { magic: [0x89, 0x4c, 0x5a, 0x4f], name: 'a file compressed by lzop', advice: decompress('lzop') },
  { magic: [0x04, 0x22, 0x4d, 0x18], name: 'a file compressed by lz4', advice: decompress('lz4') },
  {
    magic: [0x11, 0x22, 0x33, 0x44],
    name: 'one channel of a multifd migration',
    advice: 'Its pages are spread over several channels: migrate without `multifd`, or with `mapped-ram` to a `file:`.',
  },
  {
    magic: [0x51, 0x46, 0x49, 0xfb],
    name: 'a qcow2 image',
    advice:
      'A snapshot inside an image (`savevm`) has to be loaded by QEMU (`-loadvm NAME -S`) and migrated to a file.',
  },
  {
    magic: [0x7f, 0x45, 0x4c, 0x46],
    name: 'an ELF file',
    advice: 'A memory dump (`dump-guest-memory`) has no device state: take a migration stream.',
  },
  {
    magic: [0x56, 0x4d, 0x41, 0x00],
    name: 'a Proxmox backup archive',
    advice: 'Take the state out of it first: `vma extract`.',
  },
];

/**
 * Where in the file the stream begins.
 * @throws StreamReadError `foreign` when the file is known to be something else
 */
export function* streamStart(byteCount: number): Reading<number> {
  const head = yield { offset: 0, length: Math.min(libvirtHeadByteCount, byteCount) };
  const magic = String.fromCharCode(...head.subarray(0, libvirtMagic.length));
  if (magic === libvirtUnfinishedMagic) {
    const advice = 'libvirt had not finished saving it: save the domain again.';
    throw foreignFault('an incomplete image of `virsh save`', advice);
  }
  if (magic === libvirtMagic && head.length === libvirtHeadByteCount) return behindLibvirtHead(head, byteCount);
  const found = foreign.find((candidate) => candidate.magic.every((byte, index) => head[index] === byte));
  if (found) throw foreignFault(found.name, found.advice);
  return 0;
}

/** In the byte order of the host that wrote it, which a version of few bits tells. */
function behindLibvirtHead(head: Uint8Array, fileByteCount: number): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const isLittle = view.getUint32(libvirtMagic.length, true) <= libvirtVersionMax;
  const [version, dataByteCount, , format] = [0, 4, 8, 12].map((at) =>
    view.getUint32(libvirtMagic.length + at, isLittle),
  ) as [number, number, number, number];
  const cursor = new ByteCursor(head, 0);
  if (version > libvirtVersionMax) {
    cursor.failAt(16, 'unsupported-version', 'head of `virsh save`', `1 to ${libvirtVersionMax}`, version);
  }
  const start = libvirtHeadByteCount + dataByteCount;
  if (start > fileByteCount) {
    cursor.failAt(20, 'length-beyond-bound', 'length of libvirt’s XML', `within ${fileByteCount} bytes`, dataByteCount);
  }
  const name = libvirtFormats[format] ?? `format ${format}`;
  if (name === 'raw' || name === 'sparse') return start;
  const advice = `Decompress it: \`tail -c +${start + 1} FILE | ${name} -dc | freezeframe inspect -\`, or set \`save_image_format = "raw"\` in libvirt’s qemu.conf.`;
  throw foreignFault(`an image of \`virsh save\` compressed by ${name}`, advice);
}

function foreignFault(actual: string, advice: string): StreamReadError {
  return new StreamReadError({
    kind: 'foreign',
    offset: 0,
    what: 'the file',
    expected: 'a migration stream',
    actual,
    advice,
  });
}
