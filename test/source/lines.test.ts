import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'mocha';
import { DebugInfo } from '../../debug-adapter/dwarf/debug-info';
import { readElf } from '../../debug-adapter/emulator/machine/elf';
import { requirePart } from '../../tools/parts.mjs';
import { image } from '../boot/console';

const guests = resolve(__dirname, '../../extension/sample/guests');

/** Where gdb sets a breakpoint on each line, by file and line. */
function gdbsBreakpoints(elf: string, files: ReadonlyMap<string, number>): Map<string, bigint[]> {
  const places = [...files].flatMap(([file, count]) =>
    Array.from({ length: count }, (_, index) => `${file}:${index + 1}`),
  );
  const commands = places.flatMap((place) => [`echo \\n@ ${place}\\n`, `break ${place}`, 'info breakpoints', 'delete']);
  const args = ['-batch', '-nx', elf, ...commands.flatMap((command) => ['-ex', command])];
  const output = execFileSync(requirePart('gdb'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return new Map(
    output
      .split(/^@ /m)
      .slice(1)
      .map((part) => {
        const addresses = [...part.matchAll(/^[\d.]+ .*(0x[0-9a-f]{16}) in /gm)].map(([, address]) => BigInt(address!));
        return [part.slice(0, part.indexOf('\n')), addresses.sort((a, b) => (a < b ? -1 : 1))] as const;
      }),
  );
}

describe('a breakpoint on a line', function () {
  this.timeout(60_000);

  it('is where gdb has it, of every line of the sample guests', () => {
    const elf = `${guests}/journal.elf`;
    const info = new DebugInfo([readElf(image(elf)).debug]);
    const files = ['journal.c', 'board.c', 'start.S', 'device-tree.c', 'virtio.c', 'virtio-block.c'];
    const paths = new Map(files.map((file) => [file, info.pathsNamed(file)[0]!]));
    const lineCounts = files.map((file) => [file, readFileSync(paths.get(file)!, 'utf8').split('\n').length] as const);
    let count = 0;
    for (const [place, theirs] of gdbsBreakpoints(elf, new Map(lineCounts))) {
      const [file = '', line] = place.split(':');
      const ours = info.codeOf(paths.get(file)!, Number(line))?.addresses ?? [];
      // gdb leaves some of several in one block.
      assert.equal(ours[0], theirs[0], place);
      assert.ok(
        ours.every((address) => theirs.includes(address)),
        `${place}: ${ours} and ${theirs}`,
      );
      count += ours.length;
    }
    assert.ok(count > 300, `${count}`);
  });
});
