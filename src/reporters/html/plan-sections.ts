import { ACTIONS, type Change, countActions, isCopy, isMoving, transferBytesOf } from "../../model/plan.ts";
import { formatRepository, nameAtHost } from "../../model/reference.ts";
import { formatCount, plural } from "../words/format.ts";
import { formatBytes } from "../../model/size.ts";
import { html, type Html } from "./escape.ts";
import type { Rows } from "./fit-rows.ts";
import { changeRow, failureRow, nameOf, type RowContext, toneOf } from "./plan-rows.ts";

/** Groups are open if all rows fit on a few screens. */
const FEW_ROWS = 200;
const MAX_ORPHANED = 1000;

/** Blocked tags, which stop everything. */
export function renderBlocked({ blocked, others }: Rows, context: RowContext): Html {
  if (blocked.length === 0) return html``;
  const rows = blocked.map((change) => changeRow(change, context));
  const skip = html`<p><code>imgsync apply --skip-blocked</code> applies the other changes.</p>`;
  const title = html`${plural(blocked.length, "tag is", "tags are")} blocked, so <code>imgsync apply</code> writes
    nothing`;
  return problems(title, rows, others.some(isMoving) ? skip : html``);
}

/** Tags and entries that could not be planned. */
export function renderErrors({ errors, failures }: Rows, context: RowContext): Html {
  if (errors.length + failures.length === 0) return html``;
  return problems(html`${plural(errors.length + failures.length, "error")}`, [
    ...errors.map((change) => changeRow(change, context)),
    ...failures.map((failure) => failureRow(failure, context)),
  ]);
}

/** The changes, by registry and repository. */
export function renderChanges({ others }: Rows, context: RowContext): Html {
  if (others.length === 0) return html``;
  return html`<section data-part>
    <h2>Changes</h2>
    ${registries(others, context)}
  </section>`;
}

/** Tags that are up to date, folded unless there is nothing else. */
export function renderUnchanged({ unchanged, ...rest }: Rows, context: RowContext): Html {
  if (unchanged.length === 0) return html``;
  const isAll = [rest.blocked, rest.errors, rest.failures, rest.others].every(({ length }) => length === 0);
  return html`<details class="fold" data-part ${isAll ? html` open` : html``}>
    <summary><h2 data-count="none">${formatCount(unchanged.length)} unchanged</h2></summary>
    ${registries(unchanged, context)}
  </details>`;
}

/** Tags that are no longer in the manifest. */
export function renderOrphaned(orphaned: readonly string[]): Html {
  if (orphaned.length === 0) return html``;
  const rest = Math.max(0, orphaned.length - MAX_ORPHANED);
  return html`<section data-part>
    <h2>No longer in the manifest</h2>
    <p class="faint">These tags are not deleted.</p>
    <ul class="list">
      ${orphaned.slice(0, MAX_ORPHANED).map((tag) => html`<li class="name" data-orphaned>${tag}</li> `)}
    </ul>
    ${rest === 0 ? [] : html`<p class="faint">and ${formatCount(rest)} more</p>`}
  </section>`;
}

function problems(title: Html, rows: readonly Html[], remark = html``): Html {
  return html`<section data-part>
    <h2 class="bad">${title}</h2>
    ${remark}
    <div class="group">
      <ul class="list">
        ${rows}
      </ul>
    </div>
  </section>`;
}

function registries(changes: readonly Change[], context: RowContext): readonly Html[] {
  const hosts = Map.groupBy(changes, ({ target }) => target.repository.host);
  return [...hosts].map(([host, ofHost]) => {
    const repositories = Map.groupBy(ofHost, ({ target }) => formatRepository(target.repository));
    const groups = [...repositories.values()].map((group) => renderGroup(group, context, changes.length <= FEW_ROWS));
    return html`<section data-part data-registry>
      <h3><code>${host}</code></h3>
      ${groups}
    </section>`;
  });
}

function renderGroup(changes: readonly Change[], context: RowContext, isOpen: boolean): Html {
  const [first] = changes;
  if (first === undefined) return html``;
  const { repository } = first.target;
  const open = isOpen ? html` open` : html``;
  return html`<details class="group" data-part data-repository="${context.numberOf(repository)}" ${open}>
    <summary><span class="name">${nameAtHost(repository)}</span> ${countGroup(changes)}</summary>
    <ul class="list">
      ${changes.map((change) => changeRow(change, context))}
    </ul>
  </details>`;
}

/** Summarises a group while it is folded. */
function countGroup(changes: readonly Change[]): Html {
  const counts = countActions(changes);
  const actions = ACTIONS.filter((action) => counts[action] > 0).map(
    (action) =>
      html`<span class="${toneOf(action)}" data-count="${action}"
        >${formatCount(counts[action])} ${nameOf(action)}</span
      >`,
  );
  const copies = changes.filter(isCopy);
  const bytes = copies.reduce((sum, change) => sum + (transferBytesOf(change) ?? 0), 0);
  const size = bytes === 0 ? [] : [html`<span class="faint" data-size>at most ${formatBytes(bytes)}</span>`];
  return html`<span class="counts">${[...actions, ...size]}</span>`;
}
