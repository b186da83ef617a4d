import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { thirdPartyNotices } from '../../tools/third-party-notices.mjs';

const root = resolve(__dirname, '../..');

describe('the notices of what the package ships of others', () => {
  /** Files of the package, relative to the root. */
  let packed: string[];
  before(async () => {
    const { listFiles, PackageManager } = await import('@vscode/vsce');
    packed = await listFiles({ cwd: root, packageManager: PackageManager.None });
  });

  it('are in the package, and name each package that its bundles are made of, and no other', () => {
    assert.ok(packed.includes('ThirdPartyNotices.txt'));
    const bundles = packed.filter((file) => file.endsWith('.js') && !file.startsWith('dist/node_modules/'));
    const names = new Set(bundles.flatMap(packagesInSourceMap));
    assert.ok(names.size > 0);
    // Without a source map: the icons' font beside the page map, the compiler's library in the guest core, and what the
    // bundles load as a package beside them.
    assert.ok(packed.includes('dist/webview/codicon.ttf') && packed.includes('dist/core.wasm'));
    names.add('@vscode/codicons').add('assemblyscript').add('koffi').add('@alexaltea/capstone-js');

    const notices = readFileSync(join(root, 'ThirdPartyNotices.txt'), 'utf8');
    const titles = [...notices.matchAll(/^-{80}\n(\S+) (\S+)\n(.+)\n$/gm)].map((match) => match.slice(1));
    const expected = [...names].sort().map((name) => {
      const { version, license } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
      return [name, version, license];
    });
    assert.deepEqual(titles, expected);
  });

  it('have the whole text of each license', () => {
    const notices = readFileSync(join(root, 'ThirdPartyNotices.txt'), 'utf8');
    const texts = ['zod/LICENSE', '@vscode/debugadapter/License.txt', '@vscode/codicons/LICENSE-CODE'];
    const paths = [...texts, 'assemblyscript/NOTICE'].map((name) => join('node_modules', name));
    for (const name of [...paths, 'tools/licenses/capstone.txt']) {
      const text = readFileSync(join(root, name), 'utf8').replaceAll('\r\n', '\n').trim();
      assert.ok(notices.includes(text), name);
    }
  });

  describe('of a package of its own', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'freezeframe-notices-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    const write = (name: string, text: string): string => {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    };

    it('are of the package around a file, however deep, each once', () => {
      write('node_modules/outer/package.json', '{"name":"outer","version":"1.0.0","license":"MIT"}');
      const inner = 'node_modules/outer/node_modules/@scope/inner';
      write(`${inner}/package.json`, '{"name":"@scope/inner","version":"2.0.0","license":"ISC"}');
      write(`${inner}/COPYING`, 'do what you like\r\nbut say so\r\n');
      write(`${inner}/lib/package.json`, '{"type":"module"}');
      const files = ['a.js', 'b/c.js'].map((file) => write(`${inner}/lib/${file}`, ''));
      const notices = thirdPartyNotices([...files, write('ours.js', '')]);
      assert.match(notices, /\n@scope\/inner 2\.0\.0\nISC\n\ndo what you like\nbut say so$/);
      assert.doesNotMatch(notices, /outer/);
      assert.equal(notices.split('@scope/inner').length, 2);
    });

    it('cannot be made without a license text, or a license: the build ends with what is missing', () => {
      write('node_modules/bare/package.json', '{"name":"bare","version":"3.2.1","license":"MIT"}');
      const file = write('node_modules/bare/index.js', '');
      assert.throws(() => thirdPartyNotices([file]), /^Error: bare 3\.2\.1 \(MIT\) has no license text in .*bare\. /);
      write('node_modules/bare/package.json', '{"name":"bare","version":"3.2.1"}');
      assert.throws(() => thirdPartyNotices([file]), /bare 3\.2\.1 does not say its license/);
    });
  });
});

/** Of the modules that its map names. */
function packagesInSourceMap(bundle: string): string[] {
  const { sources } = JSON.parse(readFileSync(join(root, `${bundle}.map`), 'utf8')) as { sources: string[] };
  return sources.flatMap((source) => {
    const parts = source.split('/node_modules/');
    if (parts.length === 1) return [];
    const [first, second] = parts.at(-1)!.split('/');
    return first!.startsWith('@') ? `${first}/${second}` : first!;
  });
}
