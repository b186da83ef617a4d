import { DebuggeeError } from '../debuggee/debuggee';
import type { Host, InputFile } from '../debuggee/host';
import { memoryFile } from '../debuggee/memory-file';
import type { RecordedImage } from './recording-file';

/** Larger ones are named only. */
const embeddedByteCountMax = 1 << 20;
/** Of files that a run reads from as it goes on: smaller ones are read whole, and may change then. */
const wholeByteCountMax = 64 << 20;
const chunkByteCount = 1 << 20;

/** A host that knows what has been read through it: the file may be another one by now. */
export class RememberingHost {
  readonly host: Host;
  readonly #read = new Map<string, Uint8Array>();
  readonly #open = new Map<string, InputFile>();

  /** @param unremembered for files of which no more is needed than what has been found in them */
  constructor(readonly unremembered: Host) {
    const host = unremembered;
    this.host = hostLike(host, {
      readFile: async (path: string, byteCountMax: number): Promise<Uint8Array> => {
        const bytes = await host.readFile(path, byteCountMax);
        this.#read.set(path, bytes);
        return bytes;
      },
    });
  }

  /** A file that the run reads from as it goes on, until it is closed. */
  async openToKeep(path: string): Promise<InputFile> {
    const file = await this.unremembered.openInput(path);
    if (file.byteCount > wholeByteCountMax) {
      this.#open.set(path, file);
      return file;
    }
    try {
      const bytes = file.read(0, file.byteCount);
      this.#read.set(path, bytes);
      return memoryFile(bytes);
    } finally {
      file.close();
    }
  }

  async open(path: string): Promise<InputFile> {
    const bytes = this.#read.get(path);
    if (bytes) return memoryFile(bytes);
    const file = this.#open.get(path);
    return file ? { ...file, close() {} } : this.host.openInput(path);
  }
}

/**
 * Images as they go into a recording.
 *
 * @param paths of the files that the run has read
 * @param folder of the recording
 * @returns by path
 * @throws DebuggeeError when one of them is no longer what the run has read
 */
export async function recordedImages(
  read: RememberingHost,
  paths: readonly string[],
  folder: string | undefined,
): Promise<ReadonlyMap<string, RecordedImage>> {
  const images = new Map<string, RecordedImage>();
  for (const path of new Set(paths)) {
    const file = await read.open(path);
    try {
      const isSmall = file.byteCount <= embeddedByteCountMax;
      const sha256 = await digestOf(file, read.host);
      if (file.hasChanged()) throw changed(path);
      images.set(path, {
        name: nameOf(path, folder, [...images.values()]),
        byteCount: file.byteCount,
        sha256,
        ...(isSmall && { bytes: file.read(0, file.byteCount) }),
      });
    } finally {
      file.close();
    }
  }
  return images;
}

/** A host whose files are those of a recording: in it, or beside it as they were. None is written. */
export function imageHost(host: Host, images: readonly RecordedImage[], recordingPath: string): Host {
  const folder = recordingPath.replace(/[^/\\]*$/, '');
  const imageOf = (name: string): RecordedImage => {
    const found = images.find((image) => image.name === name);
    if (!found) throw new Error('the recording does not have it');
    return found;
  };
  const check = async (image: RecordedImage, file: InputFile): Promise<void> => {
    const found = await digestOf(file, host);
    if (found !== image.sha256) throw otherImage(image, found);
  };
  return hostLike(host, {
    async readFile(name: string, byteCountMax: number): Promise<Uint8Array> {
      const image = imageOf(name);
      const bytes = image.bytes ?? (await beside(image, host.readFile(`${folder}${name}`, byteCountMax)));
      await check(image, memoryFile(bytes));
      return bytes;
    },
    async openInput(name: string): Promise<InputFile> {
      const image = imageOf(name);
      const { bytes } = image;
      const file = bytes ? memoryFile(bytes) : await beside(image, host.openInput(`${folder}${name}`));
      try {
        await check(image, file);
        return file;
      } catch (error) {
        file.close();
        throw error;
      }
    },
  });
}

/** A host that does some things in another way. */
function hostLike(host: Host, others: Partial<Host>): Host {
  return {
    readFile: (path, byteCountMax) => host.readFile(path, byteCountMax),
    openInput: (path) => host.openInput(path),
    reserveOutput: (paths, inputs) => host.reserveOutput(paths, inputs),
    sha256: () => host.sha256(),
    nextTurn: () => host.nextTurn(),
    sleep: (ms, woken) => host.sleep(ms, woken),
    now: () => host.now(),
    ...others,
  };
}

async function beside<Found>({ name, sha256 }: RecordedImage, found: Promise<Found>): Promise<Found> {
  try {
    return await found;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice = `Put it beside the recording (SHA-256 ${sha256}).`;
    throw new DebuggeeError('no-image', `${name} cannot be read: ${reason}. ${advice}`);
  }
}

/** From the folder, if it is in there. */
function nameOf(path: string, folder: string | undefined, others: readonly RecordedImage[]): string {
  const [place, all] = [folder, path].map((each) => each?.replaceAll('\\', '/').replace(/\/+$/, ''));
  const isInside = place !== undefined && all!.startsWith(`${place}/`) && !/(^|\/)\.\.?(\/|$)/.test(all!);
  const name = isInside ? all!.slice(place.length + 1) : all!.slice(all!.lastIndexOf('/') + 1);
  const isTaken = others.some((other) => other.name === name);
  return isTaken ? `${others.length}-${name.replaceAll('/', '-')}` : name;
}

/** SHA-256; others have their turns meanwhile. */
async function digestOf(file: InputFile, host: Host): Promise<string> {
  const hash = host.sha256();
  const buffer = new Uint8Array(Math.min(chunkByteCount, file.byteCount));
  for (let at = 0; at < file.byteCount; at += chunkByteCount) {
    const chunk = buffer.subarray(0, file.byteCount - at);
    file.readInto(chunk, at);
    hash.update(chunk);
    await host.nextTurn();
  }
  return hash.digest();
}

function changed(path: string): DebuggeeError {
  const text = `${path} was changed while the run read from it, so the run cannot be reproduced. Start again, then record.`;
  return new DebuggeeError('file-changed', text);
}

function otherImage({ name, sha256 }: RecordedImage, found: string): DebuggeeError {
  return new DebuggeeError(
    'other-image',
    `${name} is another image than the one that the recording was made with: its SHA-256 is ${found}, not ${sha256}.`,
  );
}
