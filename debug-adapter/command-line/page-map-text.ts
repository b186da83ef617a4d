import { PageState, pageStateCount, pageStateNames } from '../protocol/page-states';

/** One character a state, indexed by `PageState`. */
const glyphs = [' ', '·', '!', '▒', '█', '0', '~', 'X', '+'];

const urgentStates = [
  PageState.Leaked,
  PageState.Faulting,
  PageState.CopiedFault,
  PageState.SentAgain,
  PageState.Dirty,
];

const columnCount = 96;
const rowCountMax = 24;

/**
 * A page map in characters. A cell stands for as many pages as it takes to fit; the rarest state of its pages that
 * matters most is shown: a fault or a leak must not drown in a thousand quiet neighbours.
 */
export function mapText(states: Uint8Array): string {
  const pagesPerCell = Math.ceil(states.length / (columnCount * rowCountMax));
  const rows: string[] = [];
  for (let first = 0; first < states.length; first += pagesPerCell * columnCount) {
    let row = '';
    const end = Math.min(first + pagesPerCell * columnCount, states.length);
    for (let page = first; page < end; page += pagesPerCell) {
      row += glyphs[dominant(states.subarray(page, Math.min(page + pagesPerCell, end)))];
    }
    rows.push(`|${row.padEnd(columnCount)}|`);
  }
  return rows.join('\n');
}

export function mapLegend(): string {
  return pageStateNames.map((name, state) => `'${glyphs[state]}' ${name}`).join('   ');
}

/** Urgent states show if one page has them; of the others the most frequent. */
function dominant(states: Uint8Array): number {
  const counts = new Array<number>(pageStateCount).fill(0);
  for (const state of states) counts[state]!++;
  for (const urgent of urgentStates) if (counts[urgent]! > 0) return urgent;
  return counts.indexOf(Math.max(...counts));
}
