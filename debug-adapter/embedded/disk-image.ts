import { DebuggeeError } from '../debuggee/debuggee';
import type { InputFile } from '../debuggee/host';
import type { ImageFile } from '../emulator/machine/image-file';

/** What files of other forms begin with, which a guest would take for its disk's first sector. */
const otherForms = { qcow2: 'QFI\xfb', VMDK: 'KDMV', VHDX: 'vhdxfile' };

/** A raw image of a disk, read as the guest goes on. @throws DebuggeeError when it is none, later when it has changed */
export function diskImage(path: string, file: InputFile): ImageFile {
  const { byteCount } = file;
  const start = String.fromCharCode(...file.read(0, Math.min(8, byteCount)));
  const form = Object.entries(otherForms).find(([, magic]) => start.startsWith(magic));
  if (form) throw notRaw(path, form[0]);
  const check = (): void => {
    if (file.hasChanged()) throw changed(path);
  };
  return {
    path,
    byteCount,
    read(offset, length) {
      const bytes = file.read(offset, length);
      check();
      return bytes;
    },
    readInto(bytes, offset) {
      file.readInto(bytes, offset);
      check();
    },
  };
}

function notRaw(path: string, form: string): DebuggeeError {
  const advice = `Convert it (\`qemu-img convert -O raw ${path} disk.img\`) and give \`disk\` the raw image.`;
  return new DebuggeeError('disk-not-raw', `${path} is a ${form} image, and \`disk\` takes raw ones. ${advice}`);
}

function changed(path: string): DebuggeeError {
  const advice = 'Start again, and let nobody write to it meanwhile.';
  return new DebuggeeError('file-changed', `${path} was changed while the guest used it as its disk. ${advice}`);
}
