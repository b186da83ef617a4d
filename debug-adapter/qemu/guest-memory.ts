import type { RunningQemu } from './running-qemu';

const pageByteCount = 4096n;

/** A page of virtual memory, as one vCPU sees it. */
interface SeenPage {
  readonly vcpu: number;
  readonly address: bigint;
}

/**
 * Memory as the vCPUs of a guest that stands still see it. Where a page lies only QEMU knows, and to ask takes a while: what
 * is read and not known yet is there once it has been fetched.
 */
export class GuestMemory {
  /** In QEMU's own memory; undefined where there is neither RAM nor ROM, but perhaps a device, which to read may change. */
  readonly #hosts = new Map<string, bigint | undefined>();
  #wanted = new Map<string, SeenPage>();
  #isOver = false;

  constructor(private readonly qemu: Pick<RunningQemu, 'qmp' | 'facts'>) {}

  /** Up to the first byte that is no memory, or not known yet. */
  read(vcpu: number, address: bigint, byteCount: number): Uint8Array {
    const pieces = this.#pieces(vcpu, address, byteCount);
    const missing = pieces.indexOf(undefined);
    return Buffer.concat((missing < 0 ? pieces : pieces.slice(0, missing)) as Uint8Array[]);
  }

  /** What comes before an address, from behind the last byte that is no memory, or not known yet. */
  readBefore(vcpu: number, address: bigint, byteCount: number): Uint8Array {
    const pieces = this.#pieces(vcpu, address - BigInt(byteCount), byteCount);
    return Buffer.concat(pieces.slice(pieces.lastIndexOf(undefined) + 1) as Uint8Array[]);
  }

  /** What has been read and was not known. @returns whether there was any */
  async fetch(): Promise<boolean> {
    const wanted = this.#wanted;
    this.#wanted = new Map();
    for (const [key, page] of wanted) {
      if (this.#isOver) return false;
      this.#hosts.set(key, await this.#ask(page));
    }
    return wanted.size > 0;
  }

  /** The guest goes on. */
  end(): void {
    this.#isOver = true;
  }

  /** By pages; undefined for one that is no memory, or not known yet. */
  #pieces(vcpu: number, address: bigint, byteCount: number): (Uint8Array | undefined)[] {
    const pieces: (Uint8Array | undefined)[] = [];
    const end = address + BigInt(byteCount);
    for (let at = address, next: bigint; at < end; at = next) {
      const offset = BigInt.asUintN(64, at) % pageByteCount;
      next = at - offset + pageByteCount;
      if (next > end) next = end;
      const host = this.#hostOf({ vcpu, address: BigInt.asUintN(64, at - offset) });
      const range = host !== undefined && { start: host + offset, byteCount: Number(next - at) };
      pieces.push(range ? this.qemu.facts.readMemory(range) : undefined);
    }
    return pieces;
  }

  #hostOf(page: SeenPage): bigint | undefined {
    const key = `${page.vcpu} ${page.address}`;
    if (!this.#hosts.has(key)) this.#wanted.set(key, page);
    return this.#hosts.get(key);
  }

  async #ask({ vcpu, address }: SeenPage): Promise<bigint | undefined> {
    const { qmp } = this.qemu;
    const translated = await qmp.human(`gva2gpa 0x${address.toString(16)}`, { cpu: vcpu });
    // 0 is printed without its 0x.
    const [, physical] = /gpa: (0(?:x[0-9a-f]+)?)/.exec(translated) ?? [];
    const [, host] =
      physical === undefined ? [] : (/\) is (0x[0-9a-f]+)/.exec(await qmp.human(`gpa2hva ${physical}`)) ?? []);
    return host === undefined ? undefined : BigInt(host);
  }
}
