/** Finds pages by their states, round the end, in either direction. */

/** @returns the nearest other page, or the same one where it is the only one; undefined where there is none */
export function nextPage(states: Uint8Array, wanted: Iterable<number>, from: number, step: 1 | -1): number | undefined {
  const found = [...wanted].map((state) => nextOf(states, state, from, step)).filter((page) => page >= 0);
  const distance = (page: number) => ((((page - from) * step - 1) % states.length) + states.length) % states.length;
  return found.sort((a, b) => distance(a) - distance(b))[0];
}

/** The pages of a state in their order, so many at most. */
export function pagesOf(states: Uint8Array, wanted: number, countMax: number): number[] {
  const pages: number[] = [];
  for (
    let page = states.indexOf(wanted);
    page >= 0 && pages.length < countMax;
    page = states.indexOf(wanted, page + 1)
  ) {
    pages.push(page);
  }
  return pages;
}

function nextOf(states: Uint8Array, wanted: number, from: number, step: 1 | -1): number {
  if (step === 1) {
    const next = states.indexOf(wanted, from + 1);
    return next >= 0 ? next : states.indexOf(wanted);
  }
  const before = from > 0 ? states.lastIndexOf(wanted, from - 1) : -1;
  return before >= 0 ? before : states.lastIndexOf(wanted);
}
