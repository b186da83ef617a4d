import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SourceLines } from '../embedded/source-lines';
import shownSources from './shown-sources.json';

describe('shown sources', () => {
  const sources = new Map(shownSources.map((file) => [file, readFileSync(join(__dirname, file), 'utf8')]));

  it('have a line for every action, and no two actions share a label', () => {
    const lines = new SourceLines(sources);
    const delegations = [...sources.values()].join('\n').match(/yield\*/g) ?? [];
    const labels = [...sources.values()].join('\n').matchAll(/yield\*\s+\w+\(\s*'([^']+)'/g);
    const found = [...labels].filter(([, label]) => lines.lineOf(label!) !== undefined);
    assert.ok(found.length > 30);
    assert.equal(found.length, delegations.length);
  });
});
