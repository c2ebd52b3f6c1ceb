import { type DueTime, isClean, type LeaseStatus, type RunProgress, type WatchStatus } from "../../model/watch.ts";
import { formatReference } from "../../model/reference.ts";
import { formatCount, plural } from "../words/format.ts";
import { formatBytes } from "../../model/size.ts";
import { renderDocument } from "./document.ts";
import { html, type Html } from "./escape.ts";
import { describeHealth, renderCards } from "./status-cards.ts";
import { renderBlockedTags, renderFailures } from "./status-problems.ts";
import { renderRepositories } from "./status-repositories.ts";
import { renderRun } from "./status-runs.ts";
import { STATUS_STYLE } from "./status-style.ts";
import { absoluteTime, bothTimes, relativeTime } from "./time.ts";

const REFRESH_SECONDS = 15;
/** During a run. */
const FAST_REFRESH_SECONDS = 5;
/** A schedule that never fires is due on the last day that a date can show. */
const NEVER_YEAR = 9999;

/**
 * Renders the status page of a watch: whether all is well, the run in progress, what failed or is blocked, the target repositories, the next
 * runs, and what the last runs changed. It has no script: the browser loads it again every few seconds.
 */
export function renderStatusPage(status: WatchStatus): string {
  const { manifest, due, runs, version, startedAt, now, progress, lease } = status;
  // problems that are still there have their own section
  const past = runs.map((run, at) => renderRun(run, now, at === 0 && !isClean(run)));
  const body = html`<h1>imgsync: ${manifest.name}</h1>
    ${manifest.problem === undefined ? [] : renderProblem(manifest.problem, manifest.loadedAt, now)}
    ${lease === undefined ? [] : renderLease(lease)} ${renderCards(status)}
    ${progress === undefined ? [] : renderProgress(progress, now)} ${renderFailures(status)}
    ${renderBlockedTags(status)} ${renderRepositories(status)}
    ${section(
      "Next runs",
      due.map((one) => renderDue(one, now)),
    )}
    ${section("Latest runs", past.length === 0 ? [html`<li class="faint">no run has finished yet</li>`] : past)}
    <footer>
      imgsync ${version}, started ${relativeTime(startedAt, now)}. This page is of ${absoluteTime(now)}; times are UTC.
      The same as <a href="/status.json">JSON</a>, and <a href="/metrics">metrics</a>.
    </footer>`;
  return renderDocument(`imgsync: ${manifest.name}: ${describeHealth(status).text}`, body, {
    refreshSeconds: progress === undefined ? REFRESH_SECONDS : FAST_REFRESH_SECONDS,
    style: STATUS_STYLE,
  });
}

function section(title: string, items: readonly Html[]): Html {
  return html`<h2>${title}</h2>
    <ul class="list">
      ${items}
    </ul> `;
}

function renderProblem(problem: string, loadedAt: Date, now: Date): Html {
  return html`<p class="notice">
    The manifest is broken, so the one loaded ${relativeTime(loadedAt, now)} stays in use: ${problem}
  </p>`;
}

function renderLease({ name, identity, isLeading, holder, problem }: LeaseStatus): Html {
  const who =
    holder === undefined
      ? html`no replica holds it, as far as this one knows`
      : html`<span class="name">${holder}</span> holds it`;
  return html`<p>
      Lease <span class="name">${name}</span>:
      ${isLeading ? html`this replica leads, as <span class="name">${identity}</span>` : who}.
    </p>
    ${problem === undefined ? [] : html`<p class="notice">${problem}</p>`}`;
}

function renderProgress({ startedAt, schedules, reading, applying }: RunProgress, now: Date): Html {
  const [done, total] = applying === undefined ? [reading.answered, reading.asked] : [applying.done, applying.total];
  const what =
    applying === undefined
      ? html`Reading registries: ${formatCount(reading.answered)} of ${formatCount(reading.asked)} answers`
      : describeApplying(applying);
  const current = applying?.current ?? [];
  return html`<section aria-label="Run in progress">
    <h2>Running now</h2>
    <p class="row">
      <span>${what}</span
      ><span>started ${bothTimes(startedAt, now)} <code class="faint">${schedules.join(", ")}</code></span>
    </p>
    <progress max="${Math.max(1, total)}" value="${done}" aria-label="Progress of the run"></progress>
    ${current.length === 0 ? [] : html`<p class="faint">Now: ${current.map((tag) => html`<span class="name">${formatReference(tag)}</span> `)}</p>`}
  </section>`;
}

function describeApplying({ done, total, failed, doneBytes, totalBytes }: NonNullable<RunProgress["applying"]>): Html {
  if (total === 0) return html`Nothing to change`;
  const bytes = totalBytes === 0 ? "" : `, ${formatBytes(doneBytes)} of at most ${formatBytes(totalBytes)}`;
  const wrong = failed === 0 ? html`` : html`, <span class="bad">${formatCount(failed)} of them failed</span>`;
  return html`Applying: ${formatCount(done)} of ${plural(total, "change")} done${wrong}${bytes}`;
}

function renderDue({ schedule, entries, at }: DueTime, now: Date): Html {
  const time = at.getUTCFullYear() === NEVER_YEAR ? html`<span>never</span>` : html`<span>${bothTimes(at, now)}</span>`;
  return html`<li class="row">
    ${time}<span class="faint"><code>${schedule}</code> ${plural(entries, "entry", "entries")}</span>
  </li> `;
}
