import { formatRepository } from "../../model/reference.ts";
import type { KeptRepository, TagCounts, WatchStatus } from "../../model/watch.ts";
import { formatCount, plural } from "../words/format.ts";
import { html, type Html } from "./escape.ts";
import { relativeTime } from "./time.ts";

/** How many repositories are listed; /status.json has all. */
const MAX_ROWS = 500;
const ORDER: readonly KeptRepository["state"][] = ["failing", "unknown", "in-sync"];

/** Renders what is kept in sync: each target repository with its tags, its state and its last success. */
export function renderRepositories({ repositories, now }: WatchStatus): Html {
  if (repositories.length === 0) return html``;
  const sorted = ORDER.flatMap((state) => repositories.filter((one) => one.state === state));
  const more = repositories.length - MAX_ROWS;
  return html`<section aria-label="Target repositories">
    <h2>${plural(repositories.length, "target repository", "target repositories")}</h2>
    <table class="kept">
      <thead>
        <tr>
          <th scope="col">repository</th>
          <th scope="col">tags</th>
          <th scope="col">state</th>
          <th scope="col">last success</th>
        </tr>
      </thead>
      <tbody>
        ${sorted.slice(0, MAX_ROWS).map((one) => row(one, now))}
      </tbody>
    </table>
    ${more <= 0 ? [] : html`<p class="faint">and ${formatCount(more)} more</p>`}
  </section>`;
}

function row({ repository, state, tags, lastSuccess }: KeptRepository, now: Date): Html {
  return html`<tr>
    <td class="name">${formatRepository(repository)}</td>
    <td class="whole">${countOf(state, tags)}</td>
    <td>${stateOf(state, tags)}</td>
    <td>${lastSuccess === undefined ? html`<span class="faint">never</span>` : relativeTime(lastSuccess, now)}</td>
  </tr> `;
}

function countOf(state: KeptRepository["state"], { inSync, held, blocked, failed }: TagCounts): Html {
  const count = inSync + held + blocked + failed;
  return state === "unknown" ? html`<span class="faint">tags unknown</span>` : html`${plural(count, "tag")}`;
}

function stateOf(state: KeptRepository["state"], { held, blocked, failed }: TagCounts): Html {
  if (state === "unknown") return html`<span class="faint">not checked yet</span>`;
  const waiting = held === 0 ? [] : [html`<span class="warn">${formatCount(held)} held back</span>`];
  if (state === "in-sync") return join([html`in sync`, ...waiting]);
  const wrong = [
    ...(failed === 0 ? [] : [html`<span class="bad">${formatCount(failed)} failed</span>`]),
    ...(blocked === 0 ? [] : [html`<span class="bad">${formatCount(blocked)} blocked</span>`]),
  ];
  return join([
    ...(wrong.length === 0 ? [html`<span class="bad">not all tags could be checked</span>`] : wrong),
    ...waiting,
  ]);
}

function join(parts: readonly Html[]): Html {
  return html`${parts.map((part, at) => (at === 0 ? part : html`, ${part}`))}`;
}
