import { css, unsafeCSS } from 'lit';
import uplotStyles from 'uplot/dist/uPlot.min.css';
import { activityColourVariables } from './colours';

const swatches = activityColourVariables
  .map((variable, activity) => (variable ? `.activity-${activity} { background: var(${variable}); }` : ''))
  .join('\n');

export const styles = [
  unsafeCSS(uplotStyles),
  unsafeCSS(swatches),
  css`
  :host { display: flex; flex-direction: column; gap: 5px; box-sizing: border-box; height: 100%; padding: 5px 12px 8px;
    overflow: hidden auto; color: var(--vscode-foreground);
    font: var(--vscode-font-size, 13px) var(--vscode-font-family, sans-serif); }
  header { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 10px; }
  :host([folded]) { height: auto; padding-bottom: 5px; }
  .fold { display: flex; align-items: center; padding: 0; border: 0; background: none; color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
  .fold:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
  .chevron { width: 0; height: 0; margin: 3px 8px 0 0; border: 4px solid transparent; border-top: 5px solid currentColor; border-bottom: 0; }
  :host([folded]) .chevron { transform: rotate(-90deg); }
  .range { color: var(--vscode-descriptionForeground); font-variant-numeric: tabular-nums; }
  .tools { display: flex; margin-left: auto; }

  .lanes { position: relative; display: flex; flex: none; }
  .labels { position: relative; flex: none; }
  .label { position: absolute; left: 0; right: 8px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: left;
    padding: 0 2px; border: 0; background: none; color: inherit; font: inherit; }
  .label.plain { color: var(--vscode-descriptionForeground); }
  button.label { cursor: pointer; border-radius: 3px; }
  button.label:hover { background: var(--vscode-list-hoverBackground); text-decoration: underline; }
  .label.stopped { font-weight: 600; }
  .plot { position: relative; flex: 1; min-width: 0; cursor: crosshair; touch-action: none; }
  .plot.cursor { cursor: ew-resize; }
  .plot:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 1px; }
  .plot canvas { display: block; }
  .pointed { position: absolute; left: 0; right: 0; pointer-events: none; box-sizing: border-box;
    border: 1px dotted var(--vscode-focusBorder); }

  .tooltip { position: absolute; z-index: 2; pointer-events: none; padding: 4px 8px; border-radius: 3px; white-space: nowrap; line-height: 1.4;
    color: var(--vscode-editorHoverWidget-foreground); background: var(--vscode-editorHoverWidget-background);
    border: 1px solid var(--vscode-editorHoverWidget-border); box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent); }
  .tooltip > :first-child { font-weight: 600; }
  .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

  .legend { display: flex; flex-wrap: wrap; gap: 0 14px; color: var(--vscode-descriptionForeground); font-size: 0.92em; }
  .legend span { display: inline-flex; align-items: center; gap: 5px; }
  .legend i { width: 10px; height: 10px; border-radius: 2px; box-sizing: border-box; border: 1px solid color-mix(in srgb, var(--vscode-foreground) 25%, transparent); }

  .charts { display: flex; flex-direction: column; gap: 6px; flex: none; }
  figure { margin: 0; min-width: 0; }
  figcaption { display: flex; flex-wrap: wrap; gap: 0 8px; margin-bottom: 2px; }
  figcaption .note { color: var(--vscode-descriptionForeground); font-variant-numeric: tabular-nums; }
  .latency { max-width: 520px; }
  .traffic .key { display: inline-block; width: 16px; border-top: 2px solid var(--vscode-charts-green, #37a169); vertical-align: middle; margin-right: 4px; }
  .traffic .key.pages { border-top: 2px dashed var(--vscode-charts-orange, #f0883e); }
  .chart { height: 76px; overflow: hidden; }
  .latency .chart { height: 116px; }

  .waits { border-left: 3px solid var(--vscode-errorForeground); padding: 4px 10px 6px;
    background: var(--vscode-textBlockQuote-background, var(--vscode-list-hoverBackground)); flex: none; }
  .waits { display: flex; flex-wrap: wrap; align-items: center; gap: 0 12px; }
  .waits figcaption { font-weight: 600; flex: 1 0 100%; }
  .waits svg { max-width: 100%; height: auto; display: block; }
  .waits .edge { fill: none; stroke: var(--vscode-descriptionForeground); stroke-width: 1.3; }
  .waits .edge.circle { stroke: var(--vscode-errorForeground); stroke-width: 2; }
  .waits .head { fill: context-stroke; }
  .waits rect { fill: var(--vscode-editor-background); stroke: var(--vscode-descriptionForeground); }
  .waits .circle rect { stroke: var(--vscode-errorForeground); stroke-width: 2; }
  .waits .node { cursor: pointer; }
  .waits text { fill: var(--vscode-foreground); font-size: 12px; }
  .waits .node text { text-anchor: middle; }
  .waits .resource { fill: var(--vscode-descriptionForeground); }
  .waits ul { margin: 0; flex: 1 1 220px; padding-left: 18px; }
  .thread-link { padding: 0; border: 0; background: none; font: inherit; color: var(--vscode-textLink-foreground); cursor: pointer; }
  .thread-link:hover { text-decoration: underline; }
  .empty { margin: auto; color: var(--vscode-descriptionForeground); }
`,
];
