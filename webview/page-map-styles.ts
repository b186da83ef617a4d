import { css } from 'lit';
import { swatchStyles } from './swatch';

export const styles = [
  swatchStyles,
  css`
  :host { display: flex; flex-direction: column; height: 100vh; box-sizing: border-box; padding: 6px 12px 10px;
    gap: 8px; color: var(--vscode-foreground); font: var(--vscode-font-size, 13px) var(--vscode-font-family, sans-serif); }
  .empty { margin: auto; color: var(--vscode-descriptionForeground); }

  header { display: flex; align-items: center; gap: 4px 10px; flex-wrap: wrap; }
  .phase { font-weight: 600; }
  .time, .count, .scale { font-variant-numeric: tabular-nums; }
  .time { min-width: 8em; }
  .run { padding: 1px 7px; border-radius: 9px; font-size: 0.85em;
    background: var(--vscode-badge-background); color: var(--vscode-badge-foreground); }
  .run.stopped { background: var(--vscode-statusBar-debuggingBackground, #c63); color: var(--vscode-statusBar-debuggingForeground, #fff); }
  .run.ended { background: none; outline: 1px solid var(--vscode-descriptionForeground); color: var(--vscode-descriptionForeground); }
  .tools { display: flex; align-items: center; gap: 2px; margin-left: auto; white-space: nowrap; }
  .scale { color: var(--vscode-descriptionForeground); margin-right: 6px; }

  .report { padding: 6px 10px 8px; border-radius: 3px; border-left: 3px solid var(--vscode-charts-green);
    background: var(--vscode-textBlockQuote-background, var(--vscode-list-hoverBackground)); }
  .report.wrong, .report.failed { border-left-color: var(--vscode-errorForeground); }
  .report.cancelled { border-left-color: var(--vscode-descriptionForeground); }
  .report .title { font-weight: 600; overflow-wrap: anywhere; }
  .report dl { display: grid; grid-template-columns: max-content 1fr; gap: 1px 12px; margin: 4px 0 6px; }
  .report dl:empty { display: none; }
  .report dt { color: var(--vscode-descriptionForeground); }
  .report dd { margin: 0; white-space: pre-line; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }

  .legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(172px, 1fr)); gap: 1px 6px; }
  .entry { display: flex; align-items: center; gap: 7px; padding: 2px 6px; border: 1px solid transparent; border-radius: 3px;
    background: none; color: inherit; font: inherit; text-align: left; cursor: pointer; min-width: 0; }
  .entry:hover { background: var(--vscode-list-hoverBackground); }
  .entry:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
  .entry.highlighted { border-color: var(--vscode-focusBorder); background: var(--vscode-list-hoverBackground); }
  .entry.none .name, .entry.none .count { color: var(--vscode-descriptionForeground); }
  .name { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

  .map { flex: 1; }
`,
];
