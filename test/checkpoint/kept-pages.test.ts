import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KeptPages, type PagesDifference } from '../../debug-adapter/checkpoint/kept-pages';
import { whole } from '../../debug-adapter/debuggee/pieces';
import { pageByteCount } from '../../debug-adapter/emulator/core/guest-core';
import { createGuestCore } from '../../debug-adapter/emulator/core/wasm-guest-core';
import { coreModule, noBus } from '../core/guest';

const pageCount = 4;
const lineByteCount = 64;

/** One byte of one of a few lines, most often of the first; few values, so that lines often hold again what they held before. */
const writes = fc.record({
  page: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, pageCount - 1),
  line: fc.constantFrom(0, 0, 0, 0, 0, 1, 31, 32, 63),
  value: fc.constantFrom(0, 0, 1, 2),
});

/** Each with a number that says where. */
const steps = fc.record({
  kind: fc.constantFrom('run', 'run', 'add', 'add', 'go', 'go', 'forget', 'forget behind', 'leave', 'come back'),
  at: fc.nat(1000),
});

const ramByteCount = pageCount * pageByteCount;

function ramAfter(course: readonly { page: number; line: number; value: number }[], count: number): Uint8Array {
  const ram = new Uint8Array(ramByteCount);
  for (const { page, line, value } of course.slice(0, count)) ram[page * pageByteCount + line * lineByteCount] = value;
  return ram;
}

describe('kept pages', () => {
  it('are those of the instant gone to, whichever instants are added and forgotten in what order', () => {
    const core = createGuestCore(coreModule(), { hartCount: 1, ramByteCount, nsPerInstruction: 10 }, noBus);
    const property = fc.property(
      fc.array(writes, { minLength: 1, maxLength: 60 }),
      fc.array(steps, { minLength: 1, maxLength: 40 }),
      (course, stepsTaken) => {
        core.ram.fill(0);
        const pages = new KeptPages(core);
        whole(pages.add());
        const instants = [0];
        let now = 0;
        let left: { index: number; now: number; difference: PagesDifference } | undefined;
        /** Another instant, where the course has come to: behind all others, or between two of which RAM comes from one. */
        const add = (): void => {
          const next = pages.here + 1;
          if (now > instants.at(-1)!) {
            whole(pages.add());
            instants.push(now);
          } else if (now > instants[pages.here]! && now < instants[next]!) {
            whole(pages.insert());
            instants.splice(next, 0, now);
            if (left && left.index >= next) left.index++;
          }
        };
        for (const { kind, at } of stepsTaken) {
          if (kind === 'run') {
            for (const end = Math.min(course.length, now + 1 + (at % 8)); now < end; now++) {
              const { page, line, value } = course[now]!;
              core.writeRam(page * pageByteCount + line * lineByteCount, Uint8Array.of(value));
            }
          } else if (kind === 'add') {
            add();
          } else if (kind === 'forget behind') {
            const next = pages.here + 1;
            if (now >= instants[next]!) continue;
            pages.forgetBehind();
            instants.splice(next);
            if (left && left.index >= next) left = undefined;
          } else {
            const index = at % instants.length;
            if (kind === 'go') {
              whole(pages.goTo(index));
              now = instants[index]!;
            } else if (kind === 'forget') {
              if (index === 0 || index === pages.here || index === left?.index) continue;
              // Left off before its end, it is as if it had not been begun.
              if (at % 3 !== 0 || !pages.forget(index).next().done) whole(pages.forget(index));
              instants.splice(index, 1);
              if (left && left.index > index) left.index--;
            } else if (kind === 'leave') {
              left = { index: pages.here, now, difference: pages.difference };
            } else if (left) {
              whole(pages.goToDifference(left.index, left.difference));
              now = left.now;
            }
          }
          assert.ok(Buffer.from(core.ram).equals(ramAfter(course, now)), `${kind} ${at}`);
          assert.ok(instants[pages.here]! <= now, `comes from #${pages.here}`);
        }
        for (const [index, count] of [...instants.entries()].reverse()) {
          whole(pages.goTo(index));
          assert.ok(Buffer.from(core.ram).equals(ramAfter(course, count)), `#${index}`);
          for (const { page } of course.slice(count, instants[index + 1] ?? count))
            assert.ok(pages.mayWrite(index, page));
        }
      },
    );
    fc.assert(property, { numRuns: 5000 });
  });

  it('are as many as there is RAM, though the core has no room to hold so many at once', () => {
    const ramByteCount = 80 << 20;
    const core = createGuestCore(coreModule(), { hartCount: 1, ramByteCount, nsPerInstruction: 10 }, noBus);
    const pages = new KeptPages(core);
    /** Twice in each page: where something stands at once, and where something is new. */
    const write = (value: number): void => {
      for (let offset = 0; offset < ramByteCount; offset += pageByteCount) {
        core.writeRam(offset, Uint8Array.of(value));
        core.writeRam(offset + 8 * value, Uint8Array.of(value));
      }
    };
    const images = [0, 1, 2, 3].map((value) => {
      if (value > 0) write(value);
      whole(pages.add());
      return Buffer.from(core.ram);
    });
    write(4);
    const end = Buffer.from(core.ram);
    const { difference } = pages;
    for (const index of [1, 3, 0, 2]) {
      whole(pages.goTo(index));
      assert.ok(images[index]!.equals(core.ram), `#${index}`);
    }
    whole(pages.goToDifference(3, difference));
    assert.ok(end.equals(core.ram), 'where it was left');
    whole(pages.goTo(3));
    assert.ok(images[3]!.equals(core.ram), 'from there');
  });

  it('are told from those that have never been written to, however many instants there have been', () => {
    const core = createGuestCore(coreModule(), { hartCount: 1, ramByteCount, nsPerInstruction: 10 }, noBus);
    core.writeRam(0, Uint8Array.of(1));
    const pages = new KeptPages(core);
    whole(pages.add());
    for (let value = 2; value < 600; value++) {
      core.writeRam(0, Uint8Array.of(value));
      if (value === 300) core.writeRam(pageByteCount, Uint8Array.of(1));
      whole(pages.add());
    }
    for (const [index, first, second] of [
      [0, 1, 0],
      [298, 299, 0],
      [299, 300, 1],
      [598, 599, 1],
    ] as const) {
      whole(pages.goTo(index));
      assert.deepEqual([core.ram[0], core.ram[pageByteCount]], [first & 0xff, second], `#${index}`);
    }
  });

  /** Instants from 0 on, each with its number in the first byte of all pages that are named for it. */
  function instants(pagesWritten: readonly (readonly number[])[]) {
    const core = createGuestCore(coreModule(), { hartCount: 1, ramByteCount, nsPerInstruction: 10 }, noBus);
    const pages = new KeptPages(core);
    for (const [instant, written] of pagesWritten.entries()) {
      for (const page of written) core.writeRam(page * pageByteCount, Uint8Array.of(instant));
      whole(pages.add());
    }
    return { core, pages };
  }

  it('are those of the last instant but one, when the last is forgotten', () => {
    const { core, pages } = instants([[], [0], [0], [0]]);
    whole(pages.goTo(1));
    whole(pages.forget(3));
    whole(pages.goTo(2));
    assert.equal(core.ram[0], 2);
  });

  it('are no more for a stretch that is run through again', () => {
    const { core, pages } = instants([[], [0, 1], [0, 1], [0]]);
    whole(pages.goTo(1));
    whole(pages.goTo(3));
    core.writeRam(0, Uint8Array.of(4));
    whole(pages.add());
    assert.deepEqual(
      [0, 1].map((page) => pages.mayWrite(3, page)),
      [true, false],
    );
  });
});
