import type { InputFile } from '../../debuggee/host';
import { memoryFile } from '../../debuggee/memory-file';
import type { Image } from './machine';

/** Read by pieces: an ELF file with debug information is large, and so is a disk, and little of them is needed. */
export interface ImageFile extends Pick<InputFile, 'byteCount' | 'read' | 'readInto'> {
  /** For messages, and for the command that restores a snapshot. */
  readonly path: string;
}

export function inMemory({ path, bytes }: Image): ImageFile {
  return { ...memoryFile(bytes), path };
}
