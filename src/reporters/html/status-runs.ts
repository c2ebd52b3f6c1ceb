import { shortDigest } from "../../model/digest.ts";
import type { Outcome } from "../../model/event.ts";
import { formatReference } from "../../model/reference.ts";
import type { RunRecord, RunResult } from "../../model/watch.ts";
import { describeBlock, describeErrorBriefly, describeSource } from "../words/change-text.ts";
import { formatDuration, plural } from "../words/format.ts";
import { formatBytes } from "../../model/size.ts";
import { asIs } from "../words/options.ts";
import { html, type Html } from "./escape.ts";
import { bothTimes } from "./time.ts";

const CLASSES: Readonly<Record<Outcome, string>> = {
  applied: "move",
  unchanged: "faint",
  blocked: "bad",
  failed: "bad",
  stale: "warn",
  skipped: "faint",
};

/** Renders one run with its changes, folded unless it is open. */
export function renderRun(run: RunRecord, now: Date, isOpen: boolean): Html {
  const details = [
    ...run.errors.map((error) => html`<li class="bad">${describeErrorBriefly(error, asIs)}</li>`),
    ...run.results.map(renderResult),
  ];
  const head = html`<span class="row"
    ><span>${bothTimes(run.startedAt, now)}</span><span>${summarise(run)}</span></span
  >`;
  if (details.length === 0) return html`<li>${head}</li> `;
  const rest = run.more === 0 ? [] : [html`<li class="faint">and ${run.more} more</li>`];
  return html`<li><details${isOpen ? html` open` : html``}><summary>${head}</summary><ul>${details}${rest}</ul></details></li>
`;
}

function summarise({ outcomes, transferredBytes, milliseconds, errors }: RunRecord): Html {
  const counts = (["applied", "blocked", "failed", "stale", "skipped"] as const)
    .filter((outcome) => outcomes[outcome] > 0)
    .map((outcome) => html`<span class="${CLASSES[outcome]}">${outcomes[outcome]} ${outcome}</span>, `);
  const wrong = errors.length === 0 ? [] : [html`<span class="bad">${plural(errors.length, "error")}</span>, `];
  const quiet = counts.length + wrong.length === 0 ? [html`<span class="faint">nothing to do</span>, `] : [];
  const moved = transferredBytes > 0 ? `${formatBytes(transferredBytes)} in ` : "";
  return html`${counts}${wrong}${quiet}<span class="faint">${moved}${formatDuration(milliseconds)}</span>`;
}

function renderResult({ change, result }: RunResult): Html {
  const digest = result.digest ?? change.wanted;
  const why =
    result.outcome === "blocked"
      ? describeBlock(result.block, asIs)
      : result.error !== undefined
        ? describeErrorBriefly(result.error, asIs)
        : `from ${describeSource(change.source, asIs)}${digest === undefined ? "" : `, ${shortDigest(digest)}`}`;
  return html`<li>
    <span class="${CLASSES[result.outcome]}">${result.outcome === "applied" ? change.action : result.outcome}</span>
    <span class="name">${formatReference(change.target)}</span> <span class="faint">${why}</span>
  </li> `;
}
