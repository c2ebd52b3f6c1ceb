import { type Action, ACTIONS, type Change, type EntryFailure } from "../../model/plan.ts";
import { formatRepository, type Repository, nameAtHost } from "../../model/reference.ts";
import { formatCount } from "../words/format.ts";
import { countWord } from "../words/plan-summary.ts";
import { html, type Html } from "./escape.ts";
import { nameOf, toneOf } from "./plan-rows.ts";

/** The target repositories of a plan, with a number for each repository and each registry. */
export type Places = {
  readonly numberOf: (repository: Repository) => number;
  readonly registries: ReadonlyMap<string, Registry>;
};

type Registry = { readonly number: number; readonly repositories: ReadonlyMap<string, number> };

/** Numbers follow the order of the plan, so that the same plan has the same numbers. A failure counts for its first target. */
export function placesOf(changes: readonly Change[], failures: readonly EntryFailure[]): Places {
  const numbers = new Map<string, number>();
  const registries = new Map<string, { number: number; repositories: Map<string, number> }>();
  const failed = failures.flatMap(({ targets }) => targets.slice(0, 1));
  const targets = [...changes.map(({ target }) => target.repository), ...failed];
  for (const repository of targets) {
    const name = formatRepository(repository);
    if (numbers.has(name)) continue;
    numbers.set(name, numbers.size);
    const registry = registries.get(repository.host) ?? { number: registries.size, repositories: new Map() };
    registry.repositories.set(nameAtHost(repository), numbers.size - 1);
    registries.set(repository.host, registry);
  }
  return { registries, numberOf: (repository) => numbers.get(formatRepository(repository)) ?? -1 };
}

/** Renders the filter form. It is hidden until its script runs. No selected action means all actions. */
export function renderFilter(counts: ReadonlyMap<Action, number>, { registries }: Places): Html {
  const chips = ACTIONS.filter((action) => (counts.get(action) ?? 0) > 0).map(
    (action) =>
      html`<label class="chip ${toneOf(action)}"
        ><input
          type="checkbox"
          name="action"
          value="${action}"
          data-one="${countWord(action, 1)}"
          data-many="${countWord(action, 2)}"
        />${nameOf(action)} <b>${formatCount(counts.get(action) ?? 0)}</b></label
      > `,
  );
  const options = [...registries].map(
    ([host, { number, repositories }]) =>
      html`<optgroup label="${host}">
        <option value="registry ${number}">all of ${host}</option>
        ${[...repositories].map(([path, at]) => html`<option value="repository ${at} ${number}">${path}</option>`)}
      </optgroup>`,
  );
  return html`<form id="filter" class="filter" role="search" autocomplete="off" hidden>
      <input
        type="search"
        name="search"
        placeholder="tag, repository, digest, note…"
        aria-label="Show rows with these words"
      />
      <select name="place" aria-label="Target repository">
        <option value="">all targets</option>
        ${options}
      </select>
      ${chips}
      <button type="button" name="clear" hidden>clear</button>
      <output name="count" aria-live="polite"></output>
    </form>
    <p id="nothing" class="notice" hidden>Nothing matches the filter.</p>`;
}
