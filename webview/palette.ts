/** Page state colours: from the theme's CSS variables to canvas pixels. */
import { PageState } from '../debug-adapter/protocol/page-states';
import { faded } from './cells';

/** The contributed theme colours (package.json, `contributes.colors`), indexed by `PageState`, as CSS variables. */
export const pageColourVariables: readonly string[] = [
  PageState.Untracked,
  PageState.Protected,
  PageState.Faulting,
  PageState.CopiedScan,
  PageState.CopiedFault,
  PageState.Zero,
  PageState.Dirty,
  PageState.Leaked,
  PageState.SentAgain,
].map((state) => `--vscode-freezeframe-page${PageState[state]}`);

type Rgb = readonly [number, number, number];

/**
 * Pixel values by what a cell shows: a state, or a state and `faded`.
 * @param colours CSS colours of the states as the browser computes them: `rgb(1, 2, 3)`
 * @param background what faded colours fade into
 */
export function paletteOf(colours: readonly string[], background: string): Uint32Array {
  const ground = parseRgb(background);
  const palette = new Uint32Array(2 * faded);
  for (const [state, css] of colours.entries()) {
    const colour = parseRgb(css);
    palette[state] = pixelOf(colour);
    palette[state | faded] = pixelOf(blend(colour, ground, 0.18));
  }
  return palette;
}

function parseRgb(css: string): Rgb {
  const [red = 0, green = 0, blue = 0] = (css.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}

function blend(colour: Rgb, ground: Rgb, share: number): Rgb {
  const mix = (i: 0 | 1 | 2) => Math.round(colour[i] * share + ground[i] * (1 - share));
  return [mix(0), mix(1), mix(2)];
}

/** Red, green, blue, opaque, in memory order on the little-endian machines that browsers run on. */
function pixelOf([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
