import type { WatchStatus } from "../../model/watch.ts";
import { formatCount, plural } from "../words/format.ts";
import { html, type Html } from "./escape.ts";
import { relativeTime } from "./time.ts";

type Health = { readonly text: string; readonly tone: "good" | "bad" | "faint"; readonly reasons: readonly string[] };

/** Describes whether all is well. Only `in-sync` is shown in green. */
export function describeHealth(status: WatchStatus): Health {
  const { health, totals } = status;
  if (health === "failing") return { text: "needs attention", tone: "bad", reasons: reasonsOf(status) };
  if (health === "in-sync") return { text: "all tags in sync", tone: "good", reasons: [] };
  if (status.state === "standby") return { text: "standing by", tone: "faint", reasons: [] };
  const text = totals.runs === 0 ? "no run has finished yet" : "not everything has been checked yet";
  return { text, tone: "faint", reasons: [] };
}

/** Renders the state at a glance. */
export function renderCards(status: WatchStatus): Html {
  const { tags, lastSuccess, totals, now } = status;
  const { text, tone, reasons } = describeHealth(status);
  const all = tags.inSync + tags.held + tags.blocked + tags.failed;
  const held = tags.held === 0 ? "" : `, ${formatCount(tags.held)} held back`;
  const success = lastSuccess === undefined ? html`never` : relativeTime(lastSuccess, now);
  return html`<div class="cards">
    ${card(html`<span class="${tone}">${text}</span>`, html`${reasons.join(", ")}`)}
    ${all === 0 ? [] : card(html`${formatCount(tags.inSync)}`, html`of ${plural(all, "tag")} in sync${held}`)}
    ${card(success, html`everything in sync`)} ${nextCard(status)}
    ${card(html`${formatCount(totals.runs)}`, html`runs, ${formatCount(totals.failedRuns)} with problems`)}
  </div>`;
}

function nextCard({ state, due, now }: WatchStatus): Html {
  if (state === "draining") return card(html`none`, html`draining: it stops after the current work`);
  if (state === "running") return card(html`now`, html`running`);
  if (state === "standby") return card(html`standby`, html`another replica runs the schedules`);
  const [next] = due;
  return card(next === undefined ? html`none` : relativeTime(next.at, now), html`next run`);
}

function card(value: Html, label: Html): Html {
  return html`<div class="card"><b>${value}</b><span class="faint">${label}</span></div> `;
}

function reasonsOf({
  manifest,
  failed,
  failedEntries,
  failedSchedules,
  blocked,
  tags,
  runs,
}: WatchStatus): readonly string[] {
  const counted: readonly (readonly [number, string, string])[] = [
    [Math.max(failed.length, tags.failed), "tag failed", "tags failed"],
    [Math.max(blocked.length, tags.blocked), "tag is blocked", "tags are blocked"],
    [failedEntries.length, "entry failed", "entries failed"],
    [failedSchedules.length, "run failed", "runs failed"],
  ];
  const reasons = [
    ...(manifest.problem === undefined ? [] : ["the manifest is broken"]),
    ...counted.flatMap(([count, one, many]) => (count === 0 ? [] : [plural(count, one, many)])),
  ];
  return reasons.length === 0 && runs.length > 0 ? ["the last run had problems"] : reasons;
}
