/** Marks on pages that must not be missed, whatever the zoom: which of them are in view, and drawn as what. */
import { boxOf, type Layout } from './layout';

export interface Mark {
  readonly page: number;
  /** `stop`: what the stop is about. */
  readonly kind: 'stop' | 'fault';
}

/** A mark's cell in the view, device pixels. */
export interface PlacedMark extends Mark {
  readonly centreX: number;
  readonly centreY: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface MarksInView {
  readonly placed: readonly PlacedMark[];
  /** Nearest first, in address order otherwise; out of view. */
  readonly above: readonly Mark[];
  readonly below: readonly Mark[];
}

/** @param marks in the order of their pages */
export function marksInView(
  layout: Layout,
  marks: readonly Mark[],
  scrollPx: number,
  viewPx: number,
  spacingPx: number,
): MarksInView {
  const placed = new Map<string, PlacedMark>();
  const above: Mark[] = [];
  const below: Mark[] = [];
  for (const mark of marks) {
    const { xPx, yPx, widthPx, heightPx } = boxOf(layout, mark.page);
    const centreX = xPx + widthPx / 2;
    const centreY = yPx + heightPx / 2 - scrollPx;
    if (centreY < 0) above.unshift(mark);
    else if (centreY > viewPx) below.push(mark);
    else {
      // Of marks that would cover each other one is drawn, a stop's before another's.
      const place = `${Math.floor(centreX / spacingPx)} ${Math.floor(centreY / spacingPx)} ${mark.kind === 'stop'}`;
      placed.set(place, { ...mark, centreX, centreY, widthPx, heightPx });
    }
  }
  const inOrder = [...placed.values()].sort((a, b) => Number(a.kind === 'stop') - Number(b.kind === 'stop'));
  return { placed: inOrder, above, below };
}

export interface MarkColours {
  readonly line: string;
  readonly halo: string;
  readonly stop: string;
}

/** Rings around the cells, and at the page of the stop a pointer like the one that the editor has at its line. */
export function drawMarks(
  context: CanvasRenderingContext2D,
  marks: readonly PlacedMark[],
  scale: number,
  { line, halo, stop }: MarkColours,
): void {
  context.lineJoin = 'round';
  for (const { centreX, centreY, widthPx, heightPx, kind } of marks) {
    const width = Math.max(widthPx + 4 * scale, 11 * scale);
    const height = Math.max(heightPx + 4 * scale, 11 * scale);
    const ring = new Path2D();
    ring.roundRect(centreX - width / 2, centreY - height / 2, width, height, 3 * scale);
    for (const [colour, lineWidth] of [
      [halo, 4.5],
      [line, 2],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = lineWidth * scale;
      context.stroke(ring);
    }
    if (kind === 'stop') drawPointer(context, centreX, width / 2, centreY, scale, stop, halo);
  }
}

/** On the side where there is room for it. */
function drawPointer(
  context: CanvasRenderingContext2D,
  centreX: number,
  halfWidth: number,
  centreY: number,
  scale: number,
  colour: string,
  halo: string,
): void {
  const side = centreX - halfWidth > 20 * scale ? -1 : 1;
  const tip = centreX + side * (halfWidth + 2 * scale);
  const at = (x: number, y: number): [number, number] => [tip + side * x * scale, centreY + y * scale];
  const pointer = new Path2D();
  pointer.moveTo(...at(0, 0));
  for (const [x, y] of [
    [7, -7],
    [7, -3.5],
    [15, -3.5],
    [15, 3.5],
    [7, 3.5],
    [7, 7],
  ] as const) {
    pointer.lineTo(...at(x, y));
  }
  pointer.closePath();
  context.strokeStyle = halo;
  context.lineWidth = 3 * scale;
  context.stroke(pointer);
  context.fillStyle = colour;
  context.fill(pointer);
}
