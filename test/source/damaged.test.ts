import { describe, it } from 'mocha';
import { DebugInfo } from '../../debug-adapter/dwarf/debug-info';
import type { DebugSection } from '../../debug-adapter/dwarf/sections';
import { readElf } from '../../debug-adapter/emulator/machine/elf';
import { image } from '../boot/console';

const fileCount = Number(process.env.FILES ?? 25);
const { debug } = readElf(image('extension/sample/guests/journal.elf'));
const view = {
  again: () => view,
  registerPlace: () => undefined,
  register: () => 0x8000_1000n,
  memory: (_: bigint, byteCount: number) => new Uint8Array(Math.min(byteCount, 4096)),
  frameAddress: () => 0x8000_1000n,
  caller: () => undefined,
};

describe('damaged debug information', () => {
  it('counts as not said, wherever bytes of it are others', () => {
    let state = Number(process.env.SEED ?? 1);
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    const damaged = (section: DebugSection): DebugSection => {
      const bytes = section.bytes.slice();
      for (let count = 1 + random(8); count > 0; count--) bytes[random(bytes.length)] = random(256);
      const part = (from: number, byteCount: number) => bytes.subarray(from, from + byteCount);
      return { address: section.address, byteCount: bytes.length, bytes, part };
    };
    for (let file = 0; file < fileCount; file++) {
      const sections = new Map<string, DebugSection | undefined>();
      const section = (name: string): DebugSection | undefined => {
        const clean = debug.section(name);
        if (!sections.has(name)) sections.set(name, clean && damaged(clean));
        return sections.get(name);
      };
      const info = new DebugInfo([{ ...debug, section }]);
      for (const path of info.pathsNamed('journal.c')) for (let line = 1; line < 80; line += 7) info.codeOf(path, line);
      for (let address = 0x8000_0000n; address < 0x8000_0900n; address += 38n) {
        info.lineAt(address);
        info.callFrameAt(address);
        for (const index of info.functionsAt(address).keys()) {
          for (const variable of info.variablesAt(address, index, view)) {
            variable.value();
            for (const { value } of variable.shown().children?.() ?? []) void value;
          }
        }
      }
    }
  });
});
