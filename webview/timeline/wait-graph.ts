/** A deadlock's wait-for graph as a picture: threads that wait in a circle on a ring, whoever waits for them below. */
import { html, svg, type TemplateResult } from 'lit';
import type { WaitsFor } from '../../debug-adapter/protocol/timeline';

export interface GraphNode {
  readonly thread: string;
  readonly x: number;
  readonly y: number;
  readonly isInCircle: boolean;
}

export interface GraphEdge {
  readonly from: string;
  /** Undefined: nobody is left who could end the wait. */
  readonly to: string | undefined;
  readonly label: string;
  /** An SVG path; its end has an arrow. */
  readonly path: string;
  readonly labelX: number;
  readonly labelY: number;
  readonly isInCircle: boolean;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly width: number;
  readonly height: number;
}

const nodeWidth = 92;
const nodeHeight = 26;
const columnStep = 250;
const rowStep = 62;
const margin = 14;

/**
 * Columns by how many waits lie between a thread and the circle: the circle on the right, who waits for it left of it.
 * @param waits those that wait in a circle first, in its order
 */
export function layWaits(waits: readonly WaitsFor[]): Graph {
  const circle = circleOf(waits);
  const columnOf = new Map<string, number>(circle.map((thread) => [thread, 0]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const { thread, heldBy } of waits) {
      const next = heldBy === undefined ? 0 : columnOf.get(heldBy);
      if (columnOf.has(thread) || next === undefined) continue;
      columnOf.set(thread, heldBy === undefined ? 0 : next + 1);
      changed = true;
    }
  }
  const columnCount = Math.max(0, ...columnOf.values()) + 1;
  const perColumn = new Array<number>(columnCount).fill(0);
  const nodes = waits.map(({ thread }): GraphNode => {
    const column = columnOf.get(thread) ?? columnCount - 1;
    const row = perColumn[column]!++;
    return {
      thread,
      x: margin + nodeWidth / 2 + (columnCount - 1 - column) * columnStep,
      y: margin + nodeHeight / 2 + row * rowStep,
      isInCircle: circle.includes(thread),
    };
  });
  const edges = waits.map((wait) => edgeOf(wait, nodes));
  const width = Math.max(...nodes.map(({ x }) => x)) + nodeWidth / 2 + 190;
  return { nodes, edges, width, height: Math.max(...nodes.map(({ y }) => y)) + nodeHeight / 2 + margin };
}

function edgeOf({ thread, resource, heldBy }: WaitsFor, nodes: readonly GraphNode[]): GraphEdge {
  const from = nodes.find((node) => node.thread === thread)!;
  const to = nodes.find((node) => node.thread === heldBy);
  const common = {
    from: thread,
    to: heldBy,
    label: resource,
    isInCircle: from.isInCircle && (to?.isInCircle ?? false),
  };
  const right = from.x + nodeWidth / 2;
  if (to === from) {
    // A loop at its right side.
    const path = `M ${right} ${from.y - 7} C ${right + 44} ${from.y - 30}, ${right + 44} ${from.y + 30}, ${right + 2} ${from.y + 7}`;
    return { ...common, path, labelX: right + 40, labelY: from.y + 4 };
  }
  if (!to) {
    const path = `M ${right} ${from.y} L ${right + 30} ${from.y}`;
    return { ...common, path, labelX: right + 36, labelY: from.y + 4 };
  }
  if (to.x === from.x) {
    // Of two that wait for each other, one's arrow goes down at the right, the other's up at the left.
    const isDown = to.y > from.y;
    const side = isDown ? 1 : -1;
    const x = from.x + side * (nodeWidth / 2 - 16);
    const bend = x + side * 26;
    const start = from.y + side * (nodeHeight / 2);
    const end = to.y - side * (nodeHeight / 2 + 2);
    const path = `M ${x} ${start} C ${bend} ${start + side * 12}, ${bend} ${end - side * 12}, ${x} ${end}`;
    return { ...common, path, labelX: isDown ? bend + 2 : from.x + nodeWidth / 2 + 10, labelY: (start + end) / 2 + 4 };
  }
  const endX = to.x - nodeWidth / 2 - 2;
  const path = `M ${right} ${from.y} C ${right + 40} ${from.y}, ${endX - 40} ${to.y}, ${endX} ${to.y}`;
  return { ...common, path, labelX: right + 8, labelY: from.y - 6 };
}

/** The threads that wait for each other all the way round, if the first one does. */
function circleOf(waits: readonly WaitsFor[]): string[] {
  const first = waits[0]?.thread;
  const circle: string[] = [];
  let next = first;
  for (const { thread, heldBy } of waits) {
    if (thread !== next || heldBy === undefined) return [];
    circle.push(thread);
    if (heldBy === first) return circle;
    next = heldBy;
  }
  return [];
}

/** A wait as a sentence. */
export function waitText({ thread, resource, heldBy, idle }: WaitsFor): string {
  const line = `${thread} waits for ${resource}`;
  if (heldBy !== undefined) return `${line}, held by ${heldBy === thread ? 'itself' : heldBy}`;
  return idle ? line : `${line}, which no thread is left to end`;
}

/** The picture, and below it the same in words. @param select the thread that is clicked */
export function waitGraph(waits: readonly WaitsFor[], select: (thread: string) => void): TemplateResult {
  const { nodes, edges, width, height } = layWaits(waits.filter(({ idle }) => !idle));
  return html`
    <figure class="waits">
      <figcaption>Deadlock: who waits for whom</figcaption>
      <svg viewBox="0 0 ${width} ${height}" width=${width} height=${height} role="img" aria-label="Wait-for graph: the arrows are told in the list below">
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse">
            <path class="head" d="M 0 0.5 L 8 4 L 0 7.5 z" />
          </marker>
        </defs>
        ${edges.map(
          ({ path, label, labelX, labelY, isInCircle }) => svg`
            <path class="edge ${isInCircle ? 'circle' : ''}" d=${path} marker-end="url(#arrow)" />
            <text class="resource" x=${labelX} y=${labelY}>${label}</text>`,
        )}
        ${nodes.map(
          ({ thread, x, y, isInCircle }) => svg`
            <g class="node ${isInCircle ? 'circle' : ''}" @click=${() => select(thread)}>
              <rect x=${x - nodeWidth / 2} y=${y - nodeHeight / 2} width=${nodeWidth} height=${nodeHeight} rx="4" />
              <text x=${x} y=${y + 4}>${thread}</text>
            </g>`,
        )}
      </svg>
      <ul>${waits.map(
        (wait) => html`<li><button class="thread-link" @click=${() => select(wait.thread)}>${wait.thread}</button
          >${waitText(wait).slice(wait.thread.length)}</li>`,
      )}</ul>
    </figure>
  `;
}
