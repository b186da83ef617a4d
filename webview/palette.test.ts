import { equal, ok } from 'node:assert/strict';
import { describe, it } from 'mocha';
import { PageState, pageStateNames } from '../debug-adapter/protocol/page-states';
import manifest from '../package.json';
import { colourVision, differenceOf, labOf } from '../test/browser/colour-vision';
import { faded } from './cells';
import { pageColourVariables, paletteOf } from './palette';

const colours = pageStateNames.map((_, state) => `rgb(${state}, ${state * 2}, ${state * 3})`);

const kinds = ['dark', 'light', 'highContrast', 'highContrastLight'] as const;
const backgrounds = { dark: '#1f1f1f', light: '#ffffff', highContrast: '#000000', highContrastLight: '#ffffff' };
/**
 * CIEDE2000. About 2 can just be told apart side by side; here cells of a few pixels are told apart at a distance, by who
 * remembers the legend: what is six times that is another colour at a glance.
 */
const differenceMin = 12;

describe('page map palette', () => {
  it('measures differences as the authors of CIEDE2000 do', () => {
    const pairs = [
      [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
      [[50, 2.49, -0.001], [50, -2.49, 0.0011], 7.2195],
      [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
      [[2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082],
    ] as const;
    for (const [a, b, expected] of pairs) equal(differenceOf(a, b).toFixed(4), expected.toFixed(4));
  });

  for (const kind of kinds) {
    it(`any two states can be told apart, and each from what is behind them, with any eyes (${kind})`, () => {
      const shown: [string, string][] = manifest.contributes.colors
        .filter(({ id }) => id.startsWith('freezeframe.page'))
        .map(({ id, defaults }) => [id, defaults[kind]]);
      shown.push(['background', backgrounds[kind]]);
      for (const vision of Object.keys(colourVision) as (keyof typeof colourVision)[]) {
        for (const [index, [name, colour]] of shown.entries()) {
          for (const [other, otherColour] of shown.slice(0, index)) {
            const difference = differenceOf(labOf(colour, vision), labOf(otherColour, vision));
            ok(difference >= differenceMin, `${name} and ${other}, ${vision}: ${difference.toFixed(1)}`);
          }
        }
      }
    });
  }

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
