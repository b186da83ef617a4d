import { css } from 'lit';
import { swatchStyles } from './swatch';

export const pageGridStyles = [
  swatchStyles,
  css`
  :host { display: block; position: relative; min-height: 80px; overflow: hidden; }
  :host(:focus-visible) { outline: 1px solid var(--vscode-focusBorder); outline-offset: 1px; }
  canvas { position: absolute; top: 0; left: 0; }
  .marks { pointer-events: none; }
  .scroller { position: absolute; inset: 0; overflow: hidden; cursor: pointer; }
  .scroller.zoomed { overflow-y: scroll; }
  .spacer { width: 1px; }
  .beyond { position: absolute; left: 50%; transform: translateX(-50%); padding: 1px 8px; border-radius: 9px; cursor: pointer;
    font: inherit; font-size: 0.9em; border: 1px solid var(--vscode-contrastBorder, transparent);
    background: var(--vscode-badge-background); color: var(--vscode-badge-foreground); }
  .beyond.above { top: 4px; }
  .beyond.below { bottom: 4px; }
  .cursor { position: absolute; box-sizing: border-box; pointer-events: none; outline: 1px solid var(--vscode-foreground);
    box-shadow: 0 0 0 2px var(--vscode-editor-background); }
  .cursor[hidden] { display: none; }
  .tooltip { position: absolute; pointer-events: none; padding: 5px 9px; border-radius: 3px; max-width: 100%;
    box-sizing: border-box; overflow-wrap: anywhere; width: max-content;
    line-height: 1.45; color: var(--vscode-editorHoverWidget-foreground); background: var(--vscode-editorHoverWidget-background);
    border: 1px solid var(--vscode-editorHoverWidget-border); box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent); }
  .tooltip .title { font-weight: 600; }
  .tooltip .swatch { margin-right: 6px; vertical-align: -1px; }
  .tooltip .hint { color: var(--vscode-descriptionForeground); }
  .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .probe { display: none; }
`,
];
