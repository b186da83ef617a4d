/** What axe-core finds on a page. */
import { readFileSync } from 'node:fs';
import type { Frame, Page } from 'playwright-core';

interface Finding {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly unknown[] }[];
}

/** A line for each rule that is broken, with where; empty when there is nothing to find. */
export async function accessibilityFindings(page: Page | Frame): Promise<string[]> {
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as Finding[];
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.flat().join(' ')).join(', ')}`);
}
