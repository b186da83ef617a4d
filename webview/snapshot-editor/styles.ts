import { css } from 'lit';

export const styles = css`
  :host { display: flex; flex-direction: column; height: 100vh; box-sizing: border-box; padding: 8px 12px 10px; gap: 8px;
    color: var(--vscode-foreground); font: var(--vscode-font-size, 13px) var(--vscode-font-family, sans-serif); }
  .refused { margin: auto; max-width: 46em; line-height: 1.5; text-align: center; overflow-wrap: anywhere; }

  .head { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; color: var(--vscode-descriptionForeground); }
  h1 { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
  .head .actions { margin-left: auto; display: flex; gap: 6px; }
  .comparison { color: var(--vscode-foreground); font-weight: 600; }
  progress { width: 100%; height: 3px; border: 0; appearance: none; background: transparent; }
  progress::-webkit-progress-bar { background: transparent; }
  progress::-webkit-progress-value { background: var(--vscode-progressBar-background); }
  .progress { display: flex; align-items: center; gap: 10px; min-height: 18px; white-space: nowrap; font-variant-numeric: tabular-nums; }

  .verdict { padding: 5px 10px; border-left: 3px solid var(--vscode-charts-green);
    background: var(--vscode-textBlockQuote-background, var(--vscode-list-hoverBackground)); max-height: 30vh; overflow: auto; }
  .verdict.wrong { border-left-color: var(--vscode-errorForeground); }
  .verdict .title { font-weight: 600; overflow-wrap: anywhere; }
  .verdict .finding { overflow-wrap: anywhere; }
  .verdict summary { cursor: pointer; color: var(--vscode-descriptionForeground); }
  .verdict ul { margin: 4px 0 2px; padding-left: 18px; }
  .verdict li.bad::marker { color: var(--vscode-errorForeground); }
  button.link { border: 0; padding: 0; background: none; font: inherit; cursor: pointer; color: var(--vscode-textLink-foreground); }
  button.link:hover { text-decoration: underline; color: var(--vscode-textLink-activeForeground); }
  button.link:focus-visible { outline: 1px solid var(--vscode-focusBorder); }

  main { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(260px, 46fr) minmax(260px, 54fr);
    grid-template-rows: minmax(150px, 55fr) minmax(90px, 45fr); gap: 8px 14px; overflow: auto; }
  .side { grid-row: 1 / 3; display: flex; flex-direction: column; gap: 6px; min-height: 0; min-width: 0; }
  tree-view { flex: 1; min-height: 0; }
  snapshot-map, .hex { min-width: 0; min-height: 0; }
  .hex { display: flex; flex-direction: column; gap: 4px; }
  hex-view { flex: 1; min-height: 0; }
  @media (max-width: 720px) {
    main { grid-template-columns: 1fr; grid-template-rows: minmax(120px, 40fr) minmax(180px, 35fr) minmax(90px, 25fr); }
    .side { grid-row: 1; }
  }

  .search { display: flex; align-items: center; gap: 6px; }
  .search input, .search select, .go input { font: inherit; padding: 2px 5px; color: var(--vscode-input-foreground);
    background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, transparent); min-width: 0; }
  .search input { flex: 1; }
  .search :focus-visible, .go :focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  .go { display: flex; align-items: center; gap: 8px; }
  .go input { width: 14ch; }
  .note { color: var(--vscode-descriptionForeground); min-height: 1.3em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
`;
