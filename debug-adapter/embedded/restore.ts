import { DebuggeeError } from '../debuggee/debuggee';
import type { Host, InputFile } from '../debuggee/host';
import { type IncomingMachine, type IncomingOptions, incomingMachine } from '../migration/incoming';

/** How long reading lasts on the clock on the wall before the host's event loop has a turn. */
const sliceMs = 10;

/** Restores a machine from a snapshot's file. @throws DebuggeeError that says what is wrong with it and what to do. */
export async function restore(
  module: WebAssembly.Module,
  host: Host,
  options: IncomingOptions,
): Promise<IncomingMachine> {
  const file = await open(host, options.path);
  try {
    const reading = incomingMachine(module, file, options);
    for (let endsMs = host.now() + sliceMs; ; ) {
      const { done, value } = reading.next();
      if (done) return value;
      if (host.now() < endsMs) continue;
      await host.nextTurn();
      endsMs = host.now() + sliceMs;
    }
  } finally {
    file.close();
  }
}

async function open(host: Host, path: string): Promise<InputFile> {
  try {
    return await host.openInput(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DebuggeeError('snapshot-not-readable', `${path} cannot be read: ${reason}. Check \`restore\`.`);
  }
}

/** Said when a restored guest resets. */
export const resetWithoutImages =
  'The guest has reset itself. A restored machine has no images to load again, so it starts with RAM as it is; firmware ' +
  'that has already run may not start (as in QEMU with `-bios none`).';

const letsGoOn = { paused: 'cont', suspended: 'system_wakeup' } as const;

/** What became of a snapshot, in words. */
export function restoredText(path: string, { machine, virtualClockNs, runState, skipped }: IncomingMachine): string {
  const { hartCount, ramBlocks } = machine;
  const ram = ramBlocks.find(({ writable }) => writable)!;
  const harts = hartCount === 1 ? '1 hart' : `${hartCount} harts`;
  const text = `Restored from ${path}: ${harts}, ${ram.bytes.length / 2 ** 20} MiB of RAM, virtual time ${(virtualClockNs / 1e6).toFixed(3)} ms.`;
  const stopped =
    runState === 'running'
      ? ''
      : ` It was ${runState}: resume it with \`monitor ${letsGoOn[runState]}\`, on the command line with \`--cont\`.`;
  const list = skipped.length > 0 ? ` Not restored, as this machine has no such device: ${skipped.join(', ')}.` : '';
  return text + stopped + list;
}
