// Archives of the `newc` kind, as the kernel unpacks them (Documentation/driver-api/early-userspace/buffer-format.rst).

/** @typedef {{ path: string, kind: 'folder' }
 *   | { path: string, kind: 'program' | 'file', bytes: Uint8Array }
 *   | { path: string, kind: 'character device', major: number, minor: number }} Entry */

/**
 * The same entries give the same bytes: no times, owner root, inodes in order.
 * @param {readonly Entry[]} entries each folder before what is in it
 * @returns {Buffer}
 */
export function cpioArchive(entries) {
  const parts = entries.flatMap((entry, index) => record(entry, index + 1));
  return Buffer.concat([...parts, ...record({ path: 'TRAILER!!!', kind: 'end' }, 0)]);
}

const modes = { folder: 0o040755, program: 0o100755, file: 0o100644, 'character device': 0o020600, end: 0 };

function record({ path, kind, bytes = new Uint8Array(), major = 0, minor = 0 }, inode) {
  const name = Buffer.from(`${path}\0`);
  // inode, mode, uid, gid, links, mtime, file size, device (two), device that it is (two), name size, check sum
  const fields = [inode, modes[kind], 0, 0, 1, 0, bytes.length, 0, 0, major, minor, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return [header, name, padding(header.length + name.length), bytes, padding(bytes.length)];
}

function padding(byteCount) {
  return Buffer.alloc(-byteCount & 3);
}
