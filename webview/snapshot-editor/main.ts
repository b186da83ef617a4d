/** Entry of the webview of a snapshot's editor. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import { parseToSnapshotEditor } from '../../debug-adapter/protocol/snapshot-editor-messages';
import { SnapshotEditor } from './snapshot-editor';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const host = acquireVsCodeApi();
const editor = new SnapshotEditor();
editor.post = (message) => host.postMessage(message);
document.body.append(editor);

window.addEventListener('message', (event) => {
  const message = parseToSnapshotEditor(event.data);
  if (message) editor.take(message);
});
editor.post({ kind: 'ready' });

// VS Code marks the theme on the body, and the colours change with it.
new MutationObserver(() => editor.relayout()).observe(document.body, {
  attributes: true,
  attributeFilter: ['class', 'data-vscode-theme-id'],
});
