import { equal, ok } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PageState, pageStateNames } from '../debug-adapter/protocol/page-states';
import manifest from '../package.json';
import { faded } from './cells';
import { pageColourVariables, paletteOf } from './palette';

const colours = pageStateNames.map((_, state) => `rgb(${state}, ${state * 2}, ${state * 3})`);

describe('page map palette', () => {
  it('every page state has a colour in the manifest, for every kind of theme', () => {
    const contributed = new Map(manifest.contributes.colors.map((colour) => [colour.id, colour.defaults]));
    for (const [state, name] of pageStateNames.entries()) {
      const defaults = contributed.get(pageColourVariables[state]!.slice('--vscode-'.length).replace('-', '.'));
      ok(defaults, name);
      for (const kind of ['dark', 'light', 'highContrast', 'highContrastLight'] as const) ok(defaults[kind], name);
    }
  });

  it('a pixel holds red, green, blue, opaque in memory order', () => {
    const bytes = new Uint8Array(paletteOf(colours, 'rgb(0, 0, 0)').buffer);
    equal(bytes.subarray(PageState.Dirty * 4, PageState.Dirty * 4 + 4).join(), '6,12,18,255');
  });

  it('what is not looked for fades', () => {
    const palette = paletteOf(colours, 'rgb(255, 255, 255)');
    for (const state of [PageState.Untracked, PageState.Leaked]) ok(palette[state | faded]! > palette[state]!);
  });
});
