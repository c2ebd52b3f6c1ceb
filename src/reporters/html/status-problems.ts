import type { ErrorDetails } from "../../model/error.ts";
import type { Position } from "../../model/position.ts";
import { formatReference, formatRepository } from "../../model/reference.ts";
import type { BlockedTag, FailedEntry, FailedSchedule, FailedTag, WatchStatus } from "../../model/watch.ts";
import { describeBlock, describeError, describePositions, withoutTarget } from "../words/change-text.ts";
import { formatCount, plural } from "../words/format.ts";
import { asIs } from "../words/options.ts";
import { html, type Html } from "./escape.ts";
import { lastedSince } from "./time.ts";

/** How many tags a section lists; /status.json has more. */
const MAX_ITEMS = 200;

/** Renders runs, entries and tags that failed, in this order: the first explain the others. */
export function renderFailures({ failedSchedules, failedEntries, failed, tags, now }: WatchStatus): Html {
  const skipped = failed.filter(({ outcome }) => outcome === "skipped");
  const listed = failed.filter(({ outcome }) => outcome !== "skipped");
  const items = [
    ...failedSchedules.map((one) => scheduleItem(one, now)),
    ...failedEntries.map((one) => entryItem(one, now)),
    ...listed.map((one) => tagItem(one, now)),
  ];
  if (items.length + skipped.length === 0) return html``;
  const notListed = Math.max(0, tags.failed - failed.length) + Math.max(0, items.length - MAX_ITEMS);
  return html`<section aria-label="Failed">
    <h2 class="bad">Failed</h2>
    <ul class="list">
      ${items.slice(0, MAX_ITEMS)}${rest(notListed)}${renderSkipped(skipped)}
    </ul>
  </section>`;
}

/** Renders the tags that must not move. */
export function renderBlockedTags({ blocked, tags, now }: WatchStatus): Html {
  if (blocked.length === 0) return html``;
  const notListed = Math.max(blocked.length, tags.blocked) - Math.min(blocked.length, MAX_ITEMS);
  return html`<section aria-label="Blocked">
    <h2 class="bad">Blocked</h2>
    <ul class="list">
      ${blocked.slice(0, MAX_ITEMS).map((one) => blockedItem(one, now))}${rest(notListed)}
    </ul>
  </section>`;
}

function scheduleItem({ schedule, since, error }: FailedSchedule, now: Date): Html {
  const name = html`<span>the run of <code>${schedule}</code></span>`;
  return item({ name, since, now, reason: describeError(error, asIs), hint: error.hint, positions: [] });
}

function entryItem({ targets, since, error, positions }: FailedEntry, now: Date): Html {
  const names = targets.map(formatRepository).join(", ");
  const name = html`<span class="name">${names}</span>`;
  return item({ name, since, now, reason: describeError(error, asIs), hint: error.hint, positions });
}

function tagItem({ target, since, outcome, error, positions }: FailedTag, now: Date): Html {
  const name = html`<span class="name">${formatReference(target)}</span>`;
  return item({ name, since, now, reason: reasonOf(outcome, error, { target }), hint: error?.hint, positions });
}

function blockedItem({ target, since, block, positions, hint }: BlockedTag, now: Date): Html {
  const name = html`<span class="name">${formatReference(target)}</span>`;
  return item({ name, since, now, reason: describeBlock(block, asIs), hint, positions });
}

function reasonOf(
  outcome: FailedTag["outcome"],
  error: ErrorDetails | undefined,
  about: Pick<FailedTag, "target">,
): string {
  if (error !== undefined) return describeError(withoutTarget(error, about), asIs);
  return outcome === "stale" ? "the tag moved after the run was planned" : "no reason is known";
}

type Item = {
  readonly name: Html;
  readonly since: Date;
  readonly now: Date;
  readonly reason: string;
  readonly hint: string | undefined;
  readonly positions: readonly Position[];
};

function item({ name, since, now, reason, hint, positions }: Item): Html {
  const place =
    positions.length === 0 ? html`` : html`<p class="faint small">mapped at ${describePositions(positions, asIs)}</p>`;
  return html`<li>
    <div class="row">${name}<span>${lastedSince(since, now)}</span></div>
    <p class="bad">${reason}</p>
    ${hint === undefined ? [] : html`<p>What to do: ${hint}</p>`} ${place}
  </li> `;
}

function renderSkipped(skipped: readonly FailedTag[]): Html {
  if (skipped.length === 0) return html``;
  return html`<li class="warn">
    ${plural(skipped.length, "tag was", "tags were")} skipped: the run ended before
    ${skipped.length === 1 ? "it was" : "they were"} written
  </li> `;
}

function rest(count: number): Html {
  return count === 0 ? html`` : html`<li class="faint">and ${formatCount(count)} more</li> `;
}
