/** The timeline below the page map, in one panel: its conversation with the extension host. */
import type { PageOfBlock } from '../../debug-adapter/protocol/messages';
import {
  type FromTimeline,
  parseToTimeline,
  type TimelineLayout,
} from '../../debug-adapter/protocol/timeline-messages';
import { StackedPanes } from './stacked-panes';
import { TimeLine } from './time-line';

/** What it needs of what stands above it. */
export interface UpperPane extends HTMLElement {
  /** Points at a page. */
  goTo(of: PageOfBlock): void;
}

/** @param listen to messages of the host */
export function addTimeline(
  upper: UpperPane,
  post: (message: FromTimeline) => void,
  listen: (listener: (message: unknown) => void) => void,
): { readonly element: HTMLElement; readonly timeline: TimeLine } {
  const panes = new StackedPanes();
  const timeline = new TimeLine();
  upper.slot = 'upper';
  timeline.slot = 'lower';
  panes.append(upper, timeline);
  timeline.addEventListener('thread-select', (event) => {
    post({ kind: 'select-thread', thread: (event as CustomEvent<string>).detail });
  });
  timeline.addEventListener('time-go-to', (event) => {
    post({ kind: 'go-to-time', timeNs: (event as CustomEvent<number>).detail });
  });
  timeline.addEventListener('fault-page', (event) => upper.goTo((event as CustomEvent<PageOfBlock>).detail));
  timeline.addEventListener('fold', () => panes.fold(!panes.isFolded));
  panes.addEventListener('layout-change', (event) => {
    timeline.isFolded = panes.isFolded;
    post({ kind: 'timeline-layout', layout: (event as CustomEvent<TimelineLayout>).detail });
  });
  listen((raw) => {
    const message = parseToTimeline(raw);
    if (message?.kind === 'timeline') timeline.show(message.event, message.isOther);
    else if (message?.kind === 'timeline-focus') timeline.focus();
    else if (message) {
      panes.restore(message.layout);
      timeline.isFolded = panes.isFolded;
    }
  });
  post({ kind: 'timeline-ready' });
  return { element: panes, timeline };
}
