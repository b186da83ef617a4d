/** Entry of the page map's webview. */
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import { HostLink } from './host-link';
import { PageMap } from './page-map';
import { addTimeline } from './timeline/timeline-panel';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const host = acquireVsCodeApi();
const listen = (listener: (message: unknown) => void) => {
  const receive = (event: MessageEvent) => listener(event.data);
  window.addEventListener('message', receive);
  return () => window.removeEventListener('message', receive);
};
const map = new PageMap();
const { element, timeline } = addTimeline(map, (message) => host.postMessage(message), listen);
document.body.append(element);

const link = new HostLink({ post: (message) => host.postMessage(message), listen }, (update) => {
  if (update.kind === 'pages') {
    map.showPages(update.pages, update.phaseLabel);
    timeline.block = update.pages.blocks[0];
  } else if (update.kind === 'report') map.showReport(update.report);
  else if (update.kind === 'draw') void map.savePicture(update.format);
  else map.showEnd();
});
map.link = link;
window.addEventListener('pagehide', () => link.dispose());

// VS Code marks the theme on the body, and the colours change with it.
new MutationObserver(() => {
  map.relayout();
  timeline.relayout();
}).observe(document.body, {
  attributes: true,
  attributeFilter: ['class', 'data-vscode-theme-id'],
});
