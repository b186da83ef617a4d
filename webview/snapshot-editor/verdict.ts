/** What a check of the file says, at the top of the editor: the first fault with its place, and all checks on demand. */
import { html, nothing, type TemplateResult } from 'lit';
import type { FindingFacts, VerdictFacts } from '../../debug-adapter/protocol/snapshot-editor-messages';

export function verdictView(
  { isWhole, text, findings }: VerdictFacts,
  goTo: (finding: FindingFacts) => void,
): TemplateResult {
  const first = findings.find(({ isWrong }) => isWrong);
  return html`
    <section class="verdict ${isWhole ? 'whole' : 'wrong'}" role="status">
      <div class="title">${text}</div>
      ${first ? findingView(first, goTo) : nothing}
      ${
        findings.length === 0
          ? nothing
          : html`<details>
              <summary>${findings.length} checks</summary>
              <ul>${findings.map((each) => html`<li class=${each.isWrong ? 'bad' : ''}>${findingView(each, goTo)}</li>`)}</ul>
            </details>`
      }
    </section>
  `;
}

function findingView(finding: FindingFacts, goTo: (finding: FindingFacts) => void): TemplateResult {
  const { text, offset, page } = finding;
  const place = offset !== undefined ? `Go to byte ${offset}` : page && `Go to page 0x${page.page.toString(16)}`;
  return html`<span class="finding">${text}</span> ${
    place ? html`<button class="link" @click=${() => goTo(finding)}>${place}</button>` : nothing
  }`;
}
