import assert from 'node:assert/strict';
import { ShownSources } from './shown-sources';

const texts = new Map([
  ['ram.ts', 'one'],
  ['main-loop.ts', 'two'],
]);

describe('shown sources', () => {
  it('are files where there is a folder, and found again however a client writes the path', () => {
    const posix = new ShownSources(texts, '/opt/source');
    assert.deepEqual(posix.source('ram.ts'), { name: 'ram.ts', path: '/opt/source/ram.ts' });
    assert.equal(posix.fileOf({ path: '/opt/source/ram.ts' }), 'ram.ts');
    assert.equal(posix.fileOf({ path: '/opt/other/ram.ts' }), undefined);
    const windows = new ShownSources(texts, 'C:\\Tools\\source');
    assert.equal(windows.source('ram.ts').path, 'C:\\Tools\\source\\ram.ts');
    assert.equal(windows.fileOf({ path: 'c:\\tools\\source\\ram.ts' }), 'ram.ts');
    assert.equal(windows.fileOf({ path: 'C:/Tools/source/main-loop.ts' }), 'main-loop.ts');
  });

  it('are texts behind references where there is none', () => {
    const sources = new ShownSources(texts, undefined);
    for (const source of sources.all()) {
      assert.equal(source.path, undefined);
      assert.equal(sources.text(source), texts.get(source.name!));
    }
    assert.throws(() => sources.text({ sourceReference: 3 }), /Unknown source: 3/);
  });
});
