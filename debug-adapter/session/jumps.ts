import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { badArguments } from './errors';
import type { GuestSources } from './guest-sources';
import type { ListedSources } from './listed-sources';
import { memoryReference } from './memory';

/** Where a hart can be made to go on: instructions of listings and lines of the guest's sources, by the numbers that a client was given. */
export class Jumps {
  readonly #addresses: bigint[] = [];

  constructor(
    private readonly listed: ListedSources,
    private readonly guest: GuestSources,
  ) {}

  /** The line's instruction, or the next one's; none in the sources of the VMM's threads, which cannot jump. */
  targets({ source, line: wanted }: Dap.GotoTargetsArguments): Dap.GotoTargetsResponse['body'] {
    const instruction = this.listed.listingOf(source)?.instructionAt(wanted) ?? this.#codeAt(source, wanted);
    if (!instruction) return { targets: [] };
    const { line, address } = instruction;
    const reference = memoryReference(address);
    const id = this.#addresses.push(address);
    return { targets: [{ id, label: reference, line, instructionPointerReference: reference }] };
  }

  #codeAt(source: Dap.Source, wanted: number): { readonly line: number; readonly address: bigint } | undefined {
    const code = this.guest.codeOf(this.guest.pathsOf(source), wanted);
    return code && { line: code.line, address: code.addresses[0]! };
  }

  /** @throws SessionError for a number that was never given. */
  address(targetId: number): bigint {
    const address = this.#addresses[targetId - 1];
    if (address === undefined) throw badArguments('goto', `there is no target ${targetId}`);
    return address;
  }
}
