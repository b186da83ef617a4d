import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { trafficChart } from './chart';
import type { RatePoint } from './sweep';
import { fullTable, histogramTable, shortTable } from './tables';

const root = resolve(__dirname, '../..');

/** What the sweep makes of the documents that show it: whole texts, by path. */
export function documents(points: readonly RatePoint[]): ReadonlyMap<string, string> {
  const readme = resolve(root, 'README.md');
  const details = resolve(__dirname, 'README.md');
  return new Map([
    [readme, withTable(readme, 'comparison', shortTable(points))],
    [
      details,
      withTable(details, 'latencies', histogramTable(points), withTable(details, 'comparison', fullTable(points))),
    ],
    [resolve(__dirname, 'traffic.svg'), trafficChart(points)],
  ]);
}

/** The document with the text between its two marks replaced. @throws Error when it has no such marks. */
function withTable(path: string, name: string, table: string, text = readFileSync(path, 'utf8')): string {
  const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- /${name} -->)`);
  if (!marked.test(text)) throw new Error(`${path} has no <!-- ${name} --> and <!-- /${name} -->`);
  return text.replace(marked, (_, before: string, after: string) => before + table + after);
}
