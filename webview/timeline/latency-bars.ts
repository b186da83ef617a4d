/** The latencies of write faults as a small picture: a bar for each power of two. */
import { css, html, nothing, svg, type TemplateResult } from 'lit';
import type { Latencies } from '../../debug-adapter/protocol/timeline';
import { latencyData, latencyText, powerText } from './charts';

export const latencyBarsStyles = css`
  .latency-bars { margin: 0; }
  .latency-bars svg { display: block; }
  .latency-bars rect { fill: var(--vscode-freezeframe-threadInFault); }
  .latency-bars text { fill: var(--vscode-descriptionForeground); font-size: 10px; }
`;

const barPx = 22;
const heightPx = 44;

export function latencyBars(latencies: Latencies): TemplateResult | typeof nothing {
  if (latencies.count === 0) return nothing;
  const [powers, counts] = latencyData(latencies);
  const most = Math.max(...counts);
  // The last text is longer than its bar.
  const width = powers.length * barPx + 14;
  return html`<figure class="latency-bars" title=${latencyText(latencies)}>
    <svg width=${width} height=${heightPx + 14} viewBox="0 0 ${width} ${heightPx + 14}" role="img"
      aria-label="Histogram of ${latencyText(latencies)}">${powers.map((power, index) => {
        const count = counts[index]!;
        // Few among many are seen, too.
        const height = count === 0 ? 1 : Math.max(3, (count / most) * heightPx);
        return svg`<rect x=${index * barPx + 1} y=${heightPx - height} width=${barPx - 2} height=${height}>
            <title>${count} of ${powerText(power)} and more</title></rect>
          ${index % 2 === 1 ? svg`<text x=${index * barPx + 1} y=${heightPx + 11}>${powerText(power)}</text>` : nothing}`;
      })}</svg></figure>`;
}
