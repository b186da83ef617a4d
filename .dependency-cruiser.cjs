// The arrows of the architecture: what each folder may import. A folder not named in its own row may import nothing else
// of ours. Tests may import what they test.
const test = '\\.test\\.ts$';
/** Where a program starts: the only files of the adapter that know Node. */
const entries = '^debug-adapter/((main|freezeframe|commands|launch)\\.ts$|node/)';

/** Values that all may import who are not named below. */
const values = ['debug-adapter/debuggee', 'debug-adapter/protocol'];
/** Who is to know of no debuggee: what crosses process borders alone, or nothing at all. */
const protocolAlone = ['debug-adapter/checkpoint', 'debug-adapter/snapshot-file', 'debug-adapter/timeline'];
const noValues = [
  'debug-adapter/emulator/devices',
  'debug-adapter/emulator/isa',
  'debug-adapter/kallsyms',
  'debug-adapter/protocol',
  'debug-adapter/unwinding',
  'debug-adapter/vmstate',
];
const arrows = {
  'debug-adapter/debuggee': [],
  'debug-adapter/protocol': [],
  'debug-adapter/simulation': [],
  'debug-adapter/emulator/isa': [],
  'debug-adapter/emulator/core': ['debug-adapter/emulator/isa'],
  'debug-adapter/emulator/devices': ['debug-adapter/vmstate'],
  'debug-adapter/dwarf': [],
  'debug-adapter/kallsyms': [],
  'debug-adapter/timeline': [],
  'debug-adapter/unwinding': ['debug-adapter/dwarf', 'debug-adapter/emulator/isa'],
  'debug-adapter/vmstate': [],
  'debug-adapter/emulator/machine': [
    'debug-adapter/emulator/(core|devices|isa)',
    'debug-adapter/vmstate',
    'debug-adapter/simulation',
  ],
  'debug-adapter/vmm': ['debug-adapter/emulator/(core|machine)', 'debug-adapter/simulation'],
  'debug-adapter/migration': [
    'debug-adapter/emulator/(core|devices/(virtio-state|written-sectors)|machine)',
    'debug-adapter/simulation',
    'debug-adapter/vmm',
    'debug-adapter/vmstate',
  ],
  'debug-adapter/oracle': [
    'debug-adapter/emulator/(core|machine)',
    'debug-adapter/vmm/(growing-list|shared-array)',
    'debug-adapter/vmstate',
  ],
  'debug-adapter/monitor': [
    'debug-adapter/emulator/(core/guest-core|machine/machine)',
    'debug-adapter/migration/capabilities',
    'debug-adapter/vmm/what-if',
  ],
  'debug-adapter/checkpoint': ['debug-adapter/debuggee/pieces', 'debug-adapter/emulator/core'],
  'debug-adapter/embedded': [
    'debug-adapter/checkpoint',
    'debug-adapter/dwarf',
    'debug-adapter/migration',
    'debug-adapter/emulator/(core|isa|machine)',
    'debug-adapter/kallsyms',
    'debug-adapter/monitor',
    'debug-adapter/oracle',
    'debug-adapter/simulation',
    'debug-adapter/timeline',
    'debug-adapter/unwinding',
    'debug-adapter/vmm',
  ],
  'debug-adapter/comparison': [
    'debug-adapter/embedded',
    'debug-adapter/emulator/(core|machine)',
    'debug-adapter/migration/snapshot-options',
    'debug-adapter/vmstate',
  ],
  'debug-adapter/listing': [],
  'debug-adapter/qemu': [
    'debug-adapter/emulator/isa',
    'debug-adapter/gdb-stub/(hex|packets)',
    'debug-adapter/timeline',
    'debug-adapter/vmstate',
  ],
  'debug-adapter/qemu/commands': ['debug-adapter/qemu', 'debug-adapter/command-line'],
  'debug-adapter/node': [
    'debug-adapter/(launch|command-line/launch-json|shown-sources)',
    'debug-adapter/configuration',
    'debug-adapter/session/(freezeframe-session|guest-shelf|guest-sources)',
    'debug-adapter/qemu/(qemu-debuggee|shown-course|snapshot-trigger)',
    'debug-adapter/gdb-stub/connection',
  ],
  'debug-adapter/time-travel': [],
  'debug-adapter/configuration': [],
  'debug-adapter/recording': ['debug-adapter/(configuration|time-travel)'],
  'debug-adapter/gdb-stub': ['debug-adapter/emulator/isa/registers'],
  'debug-adapter/session': ['debug-adapter/(configuration|gdb-stub|listing)'],
  'debug-adapter/snapshot-file': ['debug-adapter/emulator/machine/virt-layouts', 'debug-adapter/vmstate'],
  'debug-adapter/command-line': ['debug-adapter/(configuration|session)', 'debug-adapter/snapshot-file', 'debug-adapter/vmstate'],
  extension: [],
  'extension/snapshot-editor': ['extension', 'debug-adapter/snapshot-file'],
  // What an assembler knows, and a server that tells it; neither knows VS Code.
  'extension/language/analysis': ['debug-adapter/emulator/isa'],
  'extension/language/server': ['extension/language/(analysis|assembler-settings)'],
  // The adapter as a part of the extension host.
  'extension/language-model': ['extension/(debug|workspace-paths)', 'debug-adapter/command-line'],
  'extension/inline': ['extension/workspace-paths', 'debug-adapter/(configuration|launch|session|command-line/launch-json|comparison/comparison|shown-sources)'],
  'extension/comparison': ['extension/(debug|platform|webview-page)'],
  // What only a desktop has.
  'extension/node': ['extension', 'debug-adapter/(command-line/launch-json|node/workspace)'],
  'extension/timeline': ['extension/debug'],
  webview: [],
  // Of the rest of the panel no more than how numbers are said.
  'webview/comparison': ['webview/(format\\.ts|timeline)'],
  'webview/timeline': ['webview/format\\.ts'],
};
/** The webview sees no more than the protocol, either. */
const valuesFor = (folder) => {
  if (noValues.includes(folder)) return [];
  return folder.startsWith('webview') || protocolAlone.includes(folder) ? ['debug-adapter/protocol'] : values;
};

/** Folders within one that have a row of their own. */
const rowsWithin = (folder) => Object.keys(arrows).filter((row) => row.startsWith(`${folder}/`));

const ours = '^(debug-adapter|extension|webview|test|tools)/';

module.exports = {
  forbidden: [
    ...Object.entries(arrows).map(([folder, targets]) => ({
      name: `arrows of ${folder}`,
      severity: 'error',
      from: { path: `^${folder}/`, pathNot: [test, ...rowsWithin(folder)] },
      to: { path: ours, pathNot: [folder, ...valuesFor(folder), ...targets].map((path) => `^${path}`) },
    })),
    {
      name: 'no cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'only the extension names vscode',
      severity: 'error',
      from: { pathNot: '^(extension/(?!language/(analysis|server)/)|test/vscode/|test/browser/hand-over-snapshots)' },
      to: { path: '^vscode$' },
    },
    {
      name: 'only the session speaks DAP',
      severity: 'error',
      from: { path: '^(debug-adapter|webview)/', pathNot: [test, '^debug-adapter/session/'] },
      to: { path: '@vscode/debug(adapter|protocol)' },
    },
    {
      name: 'the adapter is portable outside its entries',
      severity: 'error',
      from: { path: '^debug-adapter/', pathNot: [test, entries, '^debug-adapter/qemu/'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'a real QEMU is held without a terminal',
      severity: 'error',
      from: { path: '^debug-adapter/qemu/', pathNot: [test, '^debug-adapter/qemu/commands/'] },
      to: { path: '^(node:)?(tty|readline)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^dist/|^out/|^\\.cache/|emulator/core/assembly/|extension/sample/)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mts', '.d.mts', '.mjs', '.js', '.json'] },
  },
};
