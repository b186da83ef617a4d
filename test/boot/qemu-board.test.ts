import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Mrom } from '../../debug-adapter/emulator/devices/mrom';
import { deviceTree } from '../../debug-adapter/emulator/machine/device-tree';
import { layOut } from '../../debug-adapter/emulator/machine/loader';
import type { Image } from '../../debug-adapter/emulator/machine/machine';
import { firmwarePaths, requirePart } from '../../tools/parts.mjs';

const mib = 1024 * 1024;

/** Properties of each node of a device tree, by the node's path, as `dtc` prints them. */
type Tree = Map<string, Map<string, string>>;

function decompile(file: string): Tree {
  const text = execFileSync(requirePart('dtc'), ['-q', '-I', 'dtb', '-O', 'dts', file], { encoding: 'utf8' });
  const tree: Tree = new Map();
  const path: string[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    const property = /^([^\s={}]+)(?: = (.*))?;$/.exec(line);
    if (line.endsWith('{')) {
      path.push(line.slice(0, -1).trim());
      tree.set(path.join('/'), new Map());
    } else if (line === '};') path.pop();
    else if (property && path.length > 0) tree.get(path.join('/'))!.set(property[1]!, property[2] ?? '');
  }
  return tree;
}

describe("the board beside QEMU's", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'freezeframe-board-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs QEMU's monitor on a machine that never starts. */
  const monitor = (args: string[], commands: string[]): void => {
    execFileSync(requirePart('qemu'), ['-M', 'virt', '-display', 'none', '-S', '-monitor', 'stdio', ...args], {
      input: `${commands.join('\n')}\nquit\n`,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
  };

  for (const ramMib of [3, 64, 2048]) {
    it(`has the same mask ROM with ${ramMib} MiB of RAM`, () => {
      const { opensbi } = firmwarePaths();
      const dump = join(folder, 'mrom.bin');
      monitor(['-m', `${ramMib}`, '-bios', opensbi], [`pmemsave 0x1000 0xf000 "${dump}"`]);
      const bios = { path: opensbi, bytes: readFileSync(opensbi) };
      const layout = layOut({ hartCount: 1, ramByteCount: ramMib * mib, nsPerInstruction: 10, bios });
      const { bytes } = new Mrom({
        start: layout.start,
        fdt: BigInt(layout.fdtAddress),
        kernelEntry: layout.kernelEntry,
      });
      assert.deepEqual(Buffer.from(bytes), readFileSync(dump));
    });
  }

  for (const ramMib of [128, 1024]) {
    it(`hands a kernel its command line and its initrd as QEMU does with ${ramMib} MiB of RAM`, () => {
      const { dynamic, uBoot } = firmwarePaths();
      const disk = join(folder, 'disk.cpio');
      writeFileSync(
        disk,
        Uint8Array.from({ length: 5000 }, (_, index) => index & 0xff),
      );
      const append = 'console=ttyS0 quiet';
      const ramByteCount = ramMib * mib;
      const image = (path: string): Image => ({ path, bytes: readFileSync(path) });
      const images = { bios: image(dynamic), kernel: image(uBoot), initrd: image(disk), append };
      const layout = layOut({ hartCount: 1, ramByteCount, nsPerInstruction: 10, ...images });
      const tree = layout.regions.at(-1)!;
      const initrd = layout.regions.at(-2)!;
      const [theirs, ours, loaded] = ['qemu.dtb', 'ours.dtb', 'loaded.bin'].map((name) => join(folder, name));
      monitor(
        ['-m', `${ramMib}`, '-bios', dynamic, '-kernel', uBoot, '-initrd', disk, '-append', append],
        [
          `pmemsave 0x${tree.address.toString(16)} ${tree.byteCount} "${theirs}"`,
          `pmemsave 0x${initrd.address.toString(16)} ${initrd.byteCount} "${loaded}"`,
        ],
      );
      assert.deepEqual(readFileSync(loaded!), readFileSync(disk));
      writeFileSync(ours!, tree.bytes);
      const chosen = (file: string): Map<string, string> => decompile(file).get('//chosen')!;
      const expected = chosen(theirs!);
      const actual = chosen(ours!);
      // Drawn anew for each machine: ours is to run alike each time.
      for (const each of [expected, actual]) assert.equal(each.get('rng-seed')?.split(' ').length, 8);
      actual.set('rng-seed', expected.get('rng-seed')!);
      assert.deepEqual([...actual].sort(), [...expected].sort());
      assert.equal(expected.get('bootargs'), `"${append}"`);
      assert(expected.has('linux,initrd-end'));
    });
  }

  it('puts firmware, kernel and device tree where QEMU does', () => {
    const { opensbi, uBoot } = firmwarePaths();
    const bios = { path: opensbi, bytes: readFileSync(opensbi) };
    const kernel = { path: uBoot, bytes: readFileSync(uBoot) };
    const layout = layOut({ hartCount: 1, ramByteCount: 64 * mib, nsPerInstruction: 10, bios, kernel });
    const { bytes } = new Mrom({
      start: layout.start,
      fdt: BigInt(layout.fdtAddress),
      kernelEntry: layout.kernelEntry,
    });
    const mrom = join(folder, 'mrom.bin');
    const ram = join(folder, 'ram.bin');
    const save = (address: number, byteCount: number, file: string): string =>
      `pmemsave 0x${address.toString(16)} ${byteCount} "${file}"`;
    monitor(
      ['-m', '64', '-bios', opensbi, '-kernel', uBoot],
      [save(0x1000, 0xf000, mrom), save(0x8000_0000, 64 * mib, ram)],
    );
    assert.deepEqual(Buffer.from(bytes), readFileSync(mrom));
    const expected = readFileSync(ram);
    for (const region of layout.regions.slice(0, 2)) {
      const at = region.address - 0x8000_0000;
      assert.deepEqual(expected.subarray(at, at + region.byteCount), Buffer.from(region.bytes), region.name);
    }
    assert.equal(expected.readUInt32BE(layout.fdtAddress - 0x8000_0000), 0xd00d_feed);
  });

  for (const hartCount of [1, 2, 4, 8]) {
    it(`has QEMU's device tree, with ${hartCount} harts`, () => {
      const theirs = join(folder, 'qemu.dtb');
      const ours = join(folder, 'ours.dtb');
      const args = ['-M', `virt,dumpdtb=${theirs}`, '-smp', `${hartCount}`, '-m', '64', '-display', 'none'];
      execFileSync(requirePart('qemu'), args, { stdio: 'ignore' });
      writeFileSync(ours, deviceTree({ hartCount, ramByteCount: 64 * mib, totalByteCount: mib }));
      const expected = decompile(theirs);
      const actual = decompile(ours);
      assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
      for (const [path, properties] of actual) {
        const peer = expected.get(path);
        assert(peer, `QEMU has no node ${path}`);
        // QEMU draws a new rng-seed for each machine: ours is to run alike each time.
        const own = new Set(['riscv,isa', 'rng-seed']);
        const shared = (of: Map<string, string>): [string, string][] =>
          [...of].filter(([name]) => !own.has(name)).sort();
        assert.deepEqual(shared(properties), shared(peer), path);
        // All of QEMU's `rv64` but the hypervisor extension.
        assert.equal(properties.get('riscv,isa'), peer.get('riscv,isa')?.replace('rv64imafdch', 'rv64imafdc'), path);
      }
    });
  }

  it('writes a device tree that dtc writes again byte for byte', () => {
    const ours = join(folder, 'ours.dtb');
    const again = join(folder, 'again.dtb');
    const tree = deviceTree({ hartCount: 2, ramByteCount: 64 * mib, totalByteCount: 16 * 1024 });
    writeFileSync(ours, tree);
    execFileSync(requirePart('dtc'), ['-q', '-I', 'dtb', '-O', 'dtb', '-o', again, ours]);
    const packed = readFileSync(again);
    assert.deepEqual(packed, Buffer.from(tree.subarray(0, packed.length)));
    assert(tree.subarray(packed.length).every((byte) => byte === 0));
  });
});
