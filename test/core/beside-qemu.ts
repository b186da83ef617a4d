import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '../../debug-adapter/emulator/core/bus';
import { type GuestCore, ramBase } from '../../debug-adapter/emulator/core/guest-core';
import { requirePart } from '../../tools/parts.mjs';
import { Guest } from './guest';

const testFinisher = 0x10_0000;

/**
 * What the device tree announces nowhere, and QEMU has all the same: a hypervisor's timer; and who made the hart.
 */
export const foreignCsrs: ReadonlySet<number> = new Set([0x24d, 0xf12, 0xf13]);
/** Of the hypervisor and of counter overflow, in mideleg, mie and mip: QEMU has them without the extensions. */
export const foreignInterrupts = 0x3444n;

/** The last lines of a program that runs in both. */
export const powerOff: readonly string[] = [
  `lui a1,0x${(testFinisher >>> 12).toString(16)}`,
  'lui a0,0x5',
  'addi a0,a0,1365',
  'sw a0,0(a1)',
  'jal zero,0',
];

/** A core about to run an image at the start of RAM, with nothing else on its bus than what powers it off. */
export function guestWith(image: Uint8Array, ramByteCount: number): { guest: Guest; isOff: () => boolean } {
  let isOff = false;
  const bus: Bus = {
    read: () => 'fault',
    write(_, address) {
      if (address !== testFinisher) return 'fault';
      isOff = true;
      guest.core.requestStop();
      return 'ok';
    },
    fetch: () => undefined,
  };
  const guest = new Guest([], { ramByteCount }, bus);
  guest.core.writeRam(0, image);
  guest.core.reset(0, BigInt(ramBase));
  return { guest, isOff: () => isOff };
}

/** Runs an image until it powers off. */
export function runHere(image: Uint8Array, ramByteCount: number): GuestCore {
  const { guest, isOff } = guestWith(image, ramByteCount);
  // Some CSRs end a run when they are written.
  for (let runs = 0; !isOff(); runs++) {
    assert.ok(runs < 10_000, `the program does not end, pc 0x${guest.core.pc.get(0).toString(16)}`);
    guest.run(10_000_000);
  }
  return guest.core;
}

/** Runs an image in a real QEMU until it powers off. Answers the RAM that it leaves. */
export function runInQemu(image: Uint8Array, ramByteCount: number): Uint8Array {
  const files = new QemuFiles(image, ramByteCount);
  try {
    const board = ['-M', 'virt', '-cpu', 'rv64,h=false', '-display', 'none', '-serial', 'none', '-monitor', 'none'];
    const { status, error } = spawnSync(requirePart('qemu'), [...board, ...files.args], { timeout: 240_000 });
    assert.equal(error, undefined);
    assert.equal(status, 0);
    return files.ram();
  } finally {
    files.remove();
  }
}

/** What a real QEMU starts with, and its RAM as a file, which is there when it has powered off. */
export class QemuFiles {
  readonly args: readonly string[];
  private readonly folder = mkdtempSync(join(tmpdir(), 'freezeframe-'));
  private readonly ramPath = join(this.folder, 'ram');

  constructor(image: Uint8Array, ramByteCount: number) {
    const bios = join(this.folder, 'program.bin');
    writeFileSync(bios, image);
    const backend = `memory-backend-file,id=ram,size=${ramByteCount},share=on,mem-path=${this.ramPath}`;
    const ram = ['-object', backend, '-machine', 'memory-backend=ram', '-m', `${ramByteCount >> 20}M`];
    this.args = [...ram, '-bios', bios];
  }

  ram(): Uint8Array {
    return readFileSync(this.ramPath);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
