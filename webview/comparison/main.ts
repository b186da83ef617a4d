/** Entry of the webview that compares snapshots. */
import { parseComparison } from '../../debug-adapter/protocol/comparison-messages';
import { SnapshotComparison } from './snapshot-comparison';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const comparison = new SnapshotComparison();
document.body.append(comparison);
window.addEventListener('message', ({ data }) => {
  const message = parseComparison(data);
  if (message) comparison.show(message);
});
acquireVsCodeApi().postMessage({ kind: 'ready' });
