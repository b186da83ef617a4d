import assert from 'node:assert/strict';
import { configurationIn, type Workspace } from './launch-json';

const workspace: Workspace = {
  folder: '/home/me/it\'s "$&" \\ here',
  home: '/home/me',
  platform: 'linux',
  environment: { GUESTS: '/guests/$1' },
};
const { folder } = workspace;
const found = (text: string, name?: string) => configurationIn(text, 'launch.json', workspace, name);
const of = (...configurations: object[]) => JSON.stringify({ version: '0.2.0', configurations });
const ours = { type: 'freezeframe', request: 'launch' };

describe('a launch.json on the command line', () => {
  it('may have comments, trailing commas, a byte order mark and the line ends of Windows, and // in a text', () => {
    const text =
      '\uFEFF// Hover to view descriptions.\r\n{ "configurations": [ /* one */\r\n' +
      '{ "type": "freezeframe", "append": "a // b, }", "program": "g.elf", }, ], }';
    assert.deepEqual(found(text), { type: 'freezeframe', append: 'a // b, }', program: 'g.elf' });
  });

  it('says in which line it is none', () => {
    assert.throws(
      () => found('{\n"configurations": [\n{ "a" 1 }]}'),
      /launch\.json is not JSON: ColonExpected in line 3/,
    );
    assert.throws(() => found(''), /is not JSON: ValueExpected in line 1/);
  });

  it('has its variables replaced in texts, whatever stands in their values', () => {
    const configuration = {
      ...ours,
      program: '${workspaceFolder}/g.elf',
      bios: '${env:GUESTS}/${env:UNSET}b',
      symbols: ['${workspaceFolderBasename}', '${workspaceFolder:it\'s "$&" \\ here}'],
      snapshot: { output: '${userHome}${pathSeparator}x${/}y', when: { console: '${PS1}$$' } },
    };
    assert.deepEqual(found(of(configuration)), {
      ...ours,
      program: `${folder}/g.elf`,
      bios: '/guests/$1/b',
      symbols: ['it\'s "$&" \\ here', folder],
      snapshot: { output: '/home/me/x/y', when: { console: '${PS1}$$' } },
    });
  });

  it('says which variables have no value here', () => {
    assert.throws(
      () => found(of({ ...ours, program: '${input:guest}' })),
      /`\$\{input:guest\}` only has a value in the editor/,
    );
    assert.throws(() => found(of({ ...ours, program: '${file}' })), /`\$\{file\}` only has a value in the editor/);
    assert.throws(() => found(of({ ...ours, program: '${workspaceFolder:b}/x' })), /another folder; .* only "it's/);
    // Nobody asked for this one.
    assert.deepEqual(found(of(ours, { ...ours, program: '${file}' })), ours);
  });

  it('has what its block for this platform says in place of the rest', () => {
    const configuration = {
      ...ours,
      program: 'C:/g.elf',
      ram: '1M',
      linux: { program: '${workspaceFolder}/g' },
      osx: { ram: '2M' },
    };
    assert.deepEqual(found(of(configuration)), { ...ours, program: `${folder}/g`, ram: '1M' });
  });

  it('gives its first configuration of our type, or the one of a name', () => {
    const others = [
      { type: 'lldb', name: 'other' },
      { ...ours, name: 'a' },
      { ...ours, name: 'b' },
    ];
    assert.deepEqual(found(of(...others)), others[1]);
    assert.deepEqual(found(of(...others), 'b'), others[2]);
    assert.throws(
      () => found(of(...others), 'other'),
      /no configuration "other" of type "freezeframe"\. It has: "a", "b"/,
    );
    assert.throws(() => found(of(others[0]!)), /no configuration of type "freezeframe"\. It has: none/);
    assert.deepEqual(found('{ "program": "g.elf" }'), { program: 'g.elf' });
  });
});
