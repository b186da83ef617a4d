import type { DecodedBlock } from './block-memory';
import { returnPointOf, targetsOf } from './generated-instructions';

/**
 * Of blocks by their starts, as many as have all their instructions: those that control goes to from one of them, or that no
 * other has. What is left out begins within others, where a run was once cut.
 *
 * @param entries starts of blocks that are in any case among them
 */
export function blockCover(blocks: readonly DecodedBlock[], entries: ReadonlySet<number>): DecodedBlock[] {
  const byStart = new Map(blocks.map((block) => [block.start, block]));
  const cover = new Set<DecodedBlock>();
  const covered = new Set<number>();
  for (const first of blocks) {
    if (covered.has(first.start) && !entries.has(first.start)) continue;
    const found = [first];
    for (const block of found) {
      if (cover.has(block)) continue;
      cover.add(block);
      for (const { offset } of block.instructions.slice(0, block.count)) covered.add(offset);
      const last = block.instructions.at(-1)!;
      for (const target of [...targetsOf(last), returnPointOf(last)]) {
        const next = target === undefined ? undefined : byStart.get(target);
        if (next !== undefined) found.push(next);
      }
    }
  }
  return blocks.filter((block) => cover.has(block));
}
