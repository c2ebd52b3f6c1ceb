import type { Action, Change, EntryFailure, Plan } from "../../model/plan.ts";
import { formatCount } from "../words/format.ts";
import { describeFound } from "../words/found-repositories.ts";
import { describePulls, describeRequests } from "../words/counted-pulls.ts";
import type { RenderOptions } from "../words/options.ts";
import { describePlan } from "../words/plan-summary.ts";
import { renderDocument } from "./document.ts";
import { html, type Html } from "./escape.ts";
import { placesOf, renderFilter } from "./filter.ts";
import { FILTER_SCRIPT } from "./filter-script.ts";
import { fitRows, type Rows } from "./fit-rows.ts";
import { type Flow, flowOf, isWorthDrawing } from "./flow.ts";
import { renderFlow } from "./flow-picture.ts";
import { changeRow, failureRow, type RowContext } from "./plan-rows.ts";
import { renderBlocked, renderErrors, renderChanges, renderUnchanged, renderOrphaned } from "./plan-sections.ts";
import { renderShards } from "./plan-shards.ts";
import { PLAN_STYLE } from "./plan-style.ts";
import { renderProvenance } from "./provenance.ts";
import { defined } from "../../model/defined.ts";

/** Larger pages do not open on phones. A typical row has about 600 characters. */
const MAX_ROWS = 10_000;
const MAX_CHARACTERS = 8_000_000;

/** Renders the plan as a self-contained page: blocked tags first, then the flow, and each change with its mapping. */
export function renderPlanPage(plan: Plan, options: RenderOptions): string {
  const { orphaned, spending, provenance, mappings = new Map() } = options;
  const linked = flowOf(plan.changes);
  const picture = linked !== undefined && isWorthDrawing(linked.flow) ? linked : undefined;
  const linkOf = (change: Change): number | undefined => picture?.linkOf.get(change);
  const lengthOf = (row: Change | EntryFailure): number =>
    rowOf(row, { mappings, linkOf, numberOf: () => 0 }).html.length;
  const rows = fitRows(plan, { rows: MAX_ROWS, characters: MAX_CHARACTERS, lengthOf });
  const { blocked, errors, failures, others, unchanged } = rows;
  const places = placesOf([...blocked, ...errors, ...others, ...unchanged], failures);
  const context = { mappings, linkOf, numberOf: places.numberOf };
  const summary = describePlan(plan, orphaned);
  const isEmpty = plan.changes.length + (plan.failures ?? []).length === 0;
  const pulls = describePulls(plan.changes, spending);
  const costs = [...pulls.filter(({ isEnough }) => isEnough).map(({ text }) => text), ...describeRequests(spending)];
  const body = html`${renderHead(plan, summary, provenance)}
    ${pulls.filter(({ isEnough }) => !isEnough).map(({ text }) => html`<p class="notice">${text}</p>`)}
    ${renderRest(plan, rows)} ${isEmpty ? [] : renderFilter(countRows(rows), places)} ${renderBlocked(rows, context)}
    ${renderErrors(rows, context)} ${picture === undefined ? [] : renderPicture(picture.flow)}
    ${renderChanges(rows, context)} ${renderOrphaned(orphaned ?? [])} ${renderUnchanged(rows, context)}
    ${renderShards(plan)} ${renderFound(plan)}
    <footer>
      ${costs.map((text) => html`${text} `)} Manifest <code>${plan.manifestHash}</code>. A size is that of everything
      under a tag; what a target has already does not move.
    </footer>`;
  return renderDocument(`imgsync plan: ${summary}`, body, {
    style: PLAN_STYLE,
    ...defined({ script: isEmpty ? undefined : FILTER_SCRIPT }),
  });
}

function renderHead({ changes }: Plan, summary: string, provenance: RenderOptions["provenance"]): Html {
  return html`<header>
    <h1>imgsync plan</h1>
    <p class="summary" id="summary">${summary}</p>
    ${provenance === undefined ? [] : renderProvenance(provenance)}
    ${
      changes.length === 0
        ? []
        : html`<label class="whole-digests"><input type="checkbox" id="whole-digests" /> whole digests</label>`
    }
  </header>`;
}

function renderPicture(flow: Flow): Html {
  return html`<section>
    <h2>Sources and targets</h2>
    ${renderFlow(flow)}
  </section>`;
}

function renderFound(plan: Plan): Html {
  const found = describeFound(plan, true);
  if (found.length === 0) return html``;
  return html`<section>
    <h2>Repositories at the source</h2>
    ${found.map(
      ({ pattern, count, names }) =>
        html`<p><code>${pattern}</code>: ${count}${names.length === 0 ? "" : `: ${names.join(", ")}`}</p>`,
    )}
  </section>`;
}

function renderRest({ changes, failures = [] }: Plan, { more }: Rows): Html {
  if (more === 0) return html``;
  const all = changes.length + failures.length;
  return html`<p class="notice">
    Rows: ${formatCount(all - more)} of ${formatCount(all)}, what needs attention first. A page holds no more;
    <code>--format json</code> has them all.
  </p>`;
}

function rowOf(row: Change | EntryFailure, context: RowContext): Html {
  return "action" in row ? changeRow(row, context) : failureRow(row, context);
}

function countRows({ blocked, errors, failures, others, unchanged }: Rows): ReadonlyMap<Action, number> {
  const counts = new Map<Action, number>([["error", failures.length]]);
  for (const { action } of [...blocked, ...errors, ...others, ...unchanged])
    counts.set(action, (counts.get(action) ?? 0) + 1);
  return counts;
}
