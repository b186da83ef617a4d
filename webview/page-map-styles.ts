import { css } from 'lit';
import { legendStyles } from './legend';
import { swatchStyles } from './swatch';
import { latencyBarsStyles } from './timeline/latency-bars';

export const styles = [
  latencyBarsStyles,
  swatchStyles,
  legendStyles,
  css`
  :host { display: flex; flex-direction: column; height: 100vh; box-sizing: border-box; padding: 6px 12px 10px;
    gap: 8px; color: var(--vscode-foreground); font: var(--vscode-font-size, 13px) var(--vscode-font-family, sans-serif); }
  :host([low]) { gap: 4px; padding-bottom: 4px; }
  h1 { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
  .empty { margin: auto; color: var(--vscode-descriptionForeground); }

  .head { display: flex; align-items: center; gap: 4px 10px; flex-wrap: wrap; }
  .phase { font-weight: 600; }
  .time, .scale { font-variant-numeric: tabular-nums; }
  .time { min-width: 8em; }
  .run { padding: 1px 7px; border-radius: 9px; font-size: 0.85em;
    background: var(--vscode-badge-background); color: var(--vscode-badge-foreground); }
  .run.stopped { background: var(--vscode-statusBar-debuggingBackground, #b5541f); color: var(--vscode-statusBar-debuggingForeground, #fff); }
  .run.ended { background: none; outline: 1px solid var(--vscode-descriptionForeground); color: var(--vscode-descriptionForeground); }
  .bar { display: flex; flex-wrap: wrap; align-items: start; gap: 2px 8px; }
  .bar find-bar { flex: 1 1 200px; }
  .tools { display: flex; align-items: center; gap: 2px; }
  .scale { color: var(--vscode-descriptionForeground); }

  .block { font: inherit; color: var(--vscode-dropdown-foreground); background: var(--vscode-dropdown-background);
    border: 1px solid var(--vscode-dropdown-border, transparent); padding: 1px 4px; max-width: 100%; margin-left: auto; }
  .block:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
  .link { border: 0; padding: 0; background: none; font: inherit; cursor: pointer; color: var(--vscode-textLink-foreground); }
  .link:hover { text-decoration: underline; }
  .link:focus-visible { outline: 1px solid var(--vscode-focusBorder); }

  .report { padding: 6px 10px 8px; border-radius: 3px; border-left: 3px solid var(--vscode-charts-green);
    background: var(--vscode-textBlockQuote-background, var(--vscode-list-hoverBackground)); }
  .report.wrong, .report.failed { border-left-color: var(--vscode-errorForeground); }
  .report.cancelled { border-left-color: var(--vscode-descriptionForeground); }
  .report.folded { padding: 2px 10px; }
  .report .line { display: flex; align-items: center; }
  .report .title { flex: 1; min-width: 0; padding: 0; border: 0; background: none; color: inherit; font: inherit;
    font-weight: 600; text-align: left; overflow-wrap: anywhere; cursor: pointer; }
  .report .title:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
  .report.folded .title { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .report .chevron { display: inline-block; margin: 0 8px 1px 0; border: 4px solid transparent; border-top: 5px solid currentColor; border-bottom: 0; }
  .report.folded .chevron { transform: rotate(-90deg); }
  .report dl { display: grid; grid-template-columns: max-content 1fr; gap: 1px 12px; margin: 4px 0 6px; }
  .report .verdict { display: inline-block; min-width: 1.3em; color: var(--vscode-charts-green); }
  .report.wrong .verdict, .report.failed .verdict { color: var(--vscode-errorForeground); }
  .report .body { display: flex; flex-wrap: wrap; gap: 4px 24px; align-items: start; }
  .report dl { flex: 1 1 260px; max-height: 9em; overflow: hidden auto; }
  .report dl:empty { display: none; }
  .report dt { color: var(--vscode-descriptionForeground); }
  .report dd { margin: 0; white-space: pre-line; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }

  .map { flex: 1; }
`,
];
