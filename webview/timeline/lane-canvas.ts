/** Puts phases, faults, lanes, axis and cursor on a canvas. */
import type { ThemeColours } from './colours';
import { faultColumns, laneColumns, lanePixels } from './lane-columns';
import { type LaneLayout, type Row, xOf } from './lane-layout';
import { placeBands } from './phase-bands';
import { type TimeView, ticksIn, tickText } from './time-view';
import type { TimelineModel } from './timeline-model';

export interface Drawing {
  readonly model: TimelineModel;
  /** What comes behind has been, and will be again if nothing new comes before: the run has gone back. */
  readonly presentNs: number;
  readonly layout: LaneLayout;
  readonly view: TimeView;
  /** Where pointer or keys are. */
  readonly pointedNs: number | undefined;
  /** Where the run stands, or is dragged to. */
  readonly cursorNs: number | undefined;
  readonly colours: ThemeColours;
  readonly font: string;
}

const tickEveryPx = 110;

export function drawTimeline(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const { layout, view, model, colours } = drawing;
  const scale = window.devicePixelRatio;
  const plotPx = layout.plotPx;
  const columnCount = Math.max(1, Math.floor(plotPx * scale));
  canvas.width = columnCount;
  canvas.height = Math.ceil(layout.heightPx * scale);
  canvas.style.width = `${plotPx}px`;
  canvas.style.height = `${layout.heightPx}px`;
  const context = canvas.getContext('2d');
  if (!context) return;
  const palette = colours.activityPalette();
  for (const row of layout.rows) {
    if (row.kind === 'lane') {
      const heightPx = Math.floor(row.heightPx * scale);
      const pixels = lanePixels(laneColumns(model, row.lane!, view, columnCount), heightPx, palette);
      const image = new ImageData(new Uint8ClampedArray(pixels.buffer), columnCount, heightPx);
      context.putImageData(image, 0, Math.floor(row.topPx * scale));
    }
    if (row.kind === 'faults') drawFaults(context, row, drawing, columnCount);
  }
  context.scale(scale, scale);
  for (const row of layout.rows) {
    if (row.kind === 'phases') drawPhases(context, row, drawing);
    if (row.kind === 'axis') drawAxis(context, row, drawing);
  }
  veilFuture(context, drawing);
  drawCursors(context, drawing);
}

function veilFuture(context: CanvasRenderingContext2D, { presentNs, view, layout, colours }: Drawing): void {
  const x = Math.max(0, xOf(view, layout.plotPx, presentNs));
  context.globalAlpha = 0.6;
  context.fillStyle = colours.colour('--vscode-editor-background');
  context.fillRect(x, 0, layout.plotPx, layout.heightPx);
  context.globalAlpha = 1;
}

/** Higher where there are more of them. */
function drawFaults(
  context: CanvasRenderingContext2D,
  row: Row,
  { model, view, colours }: Drawing,
  columnCount: number,
) {
  const counts = faultColumns(model, view, columnCount);
  const scale = window.devicePixelRatio;
  context.fillStyle = colours.colour('--vscode-freezeframe-threadInFault');
  const bottom = Math.floor((row.topPx + row.heightPx) * scale);
  for (let column = 0; column < columnCount; column++) {
    const count = counts[column]!;
    if (count === 0) continue;
    const height = Math.min(row.heightPx, 6 + 2.5 * Math.log2(count)) * scale;
    context.fillRect(column, bottom - height, Math.max(1, Math.round(scale)), height);
  }
}

function drawPhases(context: CanvasRenderingContext2D, row: Row, drawing: Drawing): void {
  const { model, view, layout, colours, font } = drawing;
  const half = row.heightPx / 2;
  const bands = placeBands(model.phases, view, layout.plotPx, model.endNs);
  const fill = colours.colour('--vscode-charts-blue', '#3b82d0');
  const text = colours.colour('--vscode-foreground');
  context.font = font;
  context.textBaseline = 'middle';
  for (const { band, leftPx, widthPx, row: line, shade } of bands) {
    const top = row.topPx + line * half;
    context.globalAlpha = shade === 0 ? 0.34 : 0.18;
    context.fillStyle = fill;
    context.fillRect(leftPx, top, widthPx, half - 1);
    context.globalAlpha = 1;
    context.fillRect(leftPx, top, 1, half - 1);
    const { label } = band;
    if (context.measureText(label).width + 8 > widthPx) continue;
    context.fillStyle = text;
    context.fillText(label, leftPx + 4, top + (half - 1) / 2 + 0.5);
  }
}

function drawAxis(context: CanvasRenderingContext2D, row: Row, { view, layout, colours, font }: Drawing): void {
  const { ticks, stepNs } = ticksIn(view, layout.plotPx / tickEveryPx);
  const colour = colours.colour('--vscode-descriptionForeground');
  context.font = font;
  context.textBaseline = 'top';
  for (const tick of ticks) {
    const x = xOf(view, layout.plotPx, tick);
    context.fillStyle = colour;
    context.globalAlpha = 0.25;
    context.fillRect(x, row.topPx + row.heightPx - 3, 1, layout.heightPx);
    context.globalAlpha = 1;
    const text = tickText(tick, stepNs);
    const width = context.measureText(text).width;
    const left = Math.max(0, Math.min(layout.plotPx - width, x - width / 2));
    context.fillText(text, left, row.topPx + 1);
  }
}

function drawCursors(context: CanvasRenderingContext2D, { view, layout, pointedNs, cursorNs, colours }: Drawing): void {
  const line = (timeNs: number, colour: string, width: number, dash: number[]): number => {
    const x = xOf(view, layout.plotPx, timeNs);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, layout.heightPx);
    context.stroke();
    return x;
  };
  if (pointedNs !== undefined) line(pointedNs, colours.colour('--vscode-descriptionForeground'), 1, [3, 3]);
  if (cursorNs === undefined || cursorNs < view.startNs || cursorNs > view.endNs) return;
  const colour = colours.colour('--vscode-debugIcon-breakpointCurrentStackframeForeground', '#ffcc00');
  const x = line(cursorNs, colours.colour('--vscode-editor-background'), 4, []);
  line(cursorNs, colour, 2, []);
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(x - 5, 0);
  context.lineTo(x + 5, 0);
  context.lineTo(x, 8);
  context.fill();
}
