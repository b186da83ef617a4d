/** Page state colours: from the theme's CSS variables to canvas pixels. */
import { PageState } from '../debug-adapter/protocol/page-states';

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
 * Pixel values indexed by state.
 * @param colours CSS colours as the browser computes them: `rgb(1, 2, 3)`
 * @param background what the other states fade into when one is highlighted
 */
export function paletteOf(colours: readonly string[], background: string, highlighted?: number): Uint32Array {
  const ground = parseRgb(background);
  const palette = new Uint32Array(colours.length);
  for (let state = 0; state < colours.length; state++) {
    const colour = parseRgb(colours[state]!);
    const faded = highlighted !== undefined && highlighted !== state;
    palette[state] = pixelOf(faded ? blend(colour, ground, 0.18) : colour);
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
