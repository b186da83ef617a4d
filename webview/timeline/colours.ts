/** Colours of what threads do: the contributed theme colours (package.json, `contributes.colors`), as CSS variables. */
import { Activity } from '../../debug-adapter/protocol/timeline';

/** Indexed by `Activity`; none for a thread that is not there. */
export const activityColourVariables: readonly (string | undefined)[] = [
  Activity.None,
  Activity.Idle,
  Activity.Stopped,
  Activity.Running,
  Activity.HoldsBql,
  Activity.Waits,
  Activity.WaitsForBql,
  Activity.InFault,
].map((activity) => (activity === Activity.None ? undefined : `--vscode-freezeframe-thread${Activity[activity]}`));

/** Resolves theme colours where they are used: canvases know no CSS variables. */
export class ThemeColours {
  readonly #probe = document.createElement('span');

  constructor(root: HTMLElement | ShadowRoot) {
    this.#probe.hidden = true;
    root.append(this.#probe);
  }

  /** `rgb(…)` of a CSS variable. */
  colour(variable: string, otherwise = 'gray'): string {
    this.#probe.style.color = `var(${variable}, ${otherwise})`;
    return getComputedStyle(this.#probe).color;
  }

  /** Pixel values by activity; transparent where there is none. */
  activityPalette(): Uint32Array {
    return Uint32Array.from(activityColourVariables, (variable) => (variable ? pixelOf(this.colour(variable)) : 0));
  }
}

function pixelOf(css: string): number {
  const [red = 0, green = 0, blue = 0] = (css.match(/[\d.]+/g) ?? []).map(Number);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
