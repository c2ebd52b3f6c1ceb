import { shortDigest } from "../../model/digest.ts";
import type { Outcome } from "../../model/event.ts";
import { formatReference } from "../../model/reference.ts";
import {
  type BlockedTag,
  type DueTime,
  isClean,
  type RunRecord,
  type RunResult,
  type WatchStatus,
} from "../../model/watch.ts";
import { describeBlock, describeErrorBriefly, describeSource } from "../words/change-text.ts";
import { formatBytes, formatDuration, plural } from "../words/format.ts";
import { renderDocument } from "./document.ts";
import { html, type Html } from "./escape.ts";

const REFRESH_SECONDS = 15;
const CLASSES: Readonly<Record<Outcome, string>> = {
  applied: "move",
  unchanged: "faint",
  blocked: "bad",
  failed: "bad",
  stale: "warn",
  skipped: "faint",
};

/** Renders the status page of a watch: its state, blocked tags, the next runs, and what the last runs changed. */
export function renderStatusPage(status: WatchStatus): string {
  const { manifest, due, blocked, runs, version, startedAt } = status;
  const body = html`<h1>imgsync: ${manifest.name}</h1>
    ${manifest.problem === undefined ? [] : [renderProblem(manifest.problem, manifest.loadedAt)]} ${renderCards(status)}
    ${blocked.length === 0 ? [] : [section("Blocked", blocked.map(renderBlocked))]}
    ${section(
      "Next",
      due.map((one) => renderDue(one)),
    )}
    ${section("Runs", runs.length === 0 ? [html`<li class="faint">no run has finished yet</li>`] : runs.map(renderRun))}
    <footer>
      imgsync ${version}, since ${time(startedAt)}. Times are UTC. The same as <a href="/status.json">JSON</a>, and
      <a href="/metrics">metrics</a>.
    </footer>`;
  return renderDocument(`imgsync: ${manifest.name}`, body, { refreshSeconds: REFRESH_SECONDS });
}

function section(title: string, items: readonly Html[]): Html {
  return html`<h2>${title}</h2>
    <ul class="list">
      ${items}
    </ul> `;
}

function renderProblem(problem: string, loadedAt: Date): Html {
  return html`<p class="notice">
    The manifest cannot be used, so the one of ${time(loadedAt)} still counts: ${problem}
  </p>`;
}

function renderCards({ state, runs, blocked, totals, lastSuccess }: WatchStatus): Html {
  const last = runs[0];
  const health = last === undefined ? "no run yet" : isClean(last) ? "all tags in sync" : "needs attention";
  const tone = last === undefined ? "faint" : isClean(last) ? "good" : "bad";
  return html`<div class="cards">
    <div class="card"><b class="${tone}">${health}</b><span class="faint">${state}</span></div>
    <div class="card">
      <b>${lastSuccess === undefined ? html`never` : time(lastSuccess)}</b><span class="faint">last success</span>
    </div>
    <div class="card">
      <b class="${blocked.length === 0 ? "faint" : "bad"}">${blocked.length}</b><span class="faint">blocked</span>
    </div>
    <div class="card"><b>${totals.runs}</b><span class="faint">runs, ${totals.failedRuns} of them not clean</span></div>
  </div>`;
}

function renderBlocked({ target, since, block }: BlockedTag): Html {
  return html`<li>
    <div class="row">
      <span class="name">${formatReference(target)}</span><span class="faint">since ${time(since)}</span>
    </div>
    <p class="bad">${describeBlock(block, (text) => text)}</p>
  </li> `;
}

function renderDue({ schedule, entries, at }: DueTime): Html {
  return html`<li class="row">
    <span>${time(at)}</span><span class="faint"><code>${schedule}</code> ${plural(entries, "entry", "entries")}</span>
  </li> `;
}

function renderRun(run: RunRecord): Html {
  const details = [
    ...run.errors.map((error) => html`<li class="bad">${describeErrorBriefly(error, (text) => text)}</li>`),
    ...run.results.map(renderResult),
  ];
  const head = html`<span class="row"><span>${time(run.startedAt)}</span><span>${summarise(run)}</span></span>`;
  if (details.length === 0) return html`<li>${head}</li> `;
  const rest = run.more === 0 ? [] : [html`<li class="faint">and ${run.more} more</li>`];
  return html`<li><details${isClean(run) ? html`` : html` open`}><summary>${head}</summary><ul>${details}${rest}</ul></details></li>
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
  const plain = (text: string): string => text;
  const why =
    result.outcome === "blocked"
      ? describeBlock(result.block, plain)
      : result.error !== undefined
        ? describeErrorBriefly(result.error, plain)
        : `from ${describeSource(change.source, plain)}${digest === undefined ? "" : `, ${shortDigest(digest)}`}`;
  return html`<li>
    <span class="${CLASSES[result.outcome]}">${result.outcome === "applied" ? change.action : result.outcome}</span>
    <span class="name">${formatReference(change.target)}</span> <span class="faint">${why}</span>
  </li> `;
}

/** Shows a time to the second, with the full value for programs. */
function time(at: Date): Html {
  const text = at.toISOString();
  // on a narrow page the line breaks between date and time, not at the dashes
  const [date, clock] = [text.slice(0, 10), text.slice(11, 19)];
  return html`<time datetime="${text}"><span class="whole">${date}</span> <span class="whole">${clock}</span></time>`;
}
