/** A colour of the map beside the name of what it stands for. */
import { css, html, type TemplateResult, unsafeCSS } from 'lit';
import { pageColourVariables } from './palette';

const backgrounds = pageColourVariables
  .map((variable) => `.swatch.${nameOf(variable)} { background: var(${variable}); }`)
  .join('\n');

export const swatchStyles = css`
  .swatch { display: inline-block; flex: none; width: 11px; height: 11px; border-radius: 2px; box-sizing: border-box;
    border: 1px solid color-mix(in srgb, var(--vscode-foreground) 25%, transparent); }
  ${unsafeCSS(backgrounds)}
`;

/** @param variable one of `pageColourVariables` */
export function swatch(variable: string): TemplateResult {
  return html`<span class="swatch ${nameOf(variable)}"></span>`;
}

function nameOf(variable: string): string {
  return variable.slice('--vscode-freezeframe-'.length);
}
