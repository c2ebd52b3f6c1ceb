import type { GitRevision, Provenance } from "../../model/provenance.ts";
import { html, type Html } from "./escape.ts";
import { absoluteTime } from "./time.ts";

/** Says what a plan was made from: when, by which version, from which manifest at which revision, and which part of it. */
export function renderProvenance({ at, version, manifest, revision, since, only = [] }: Provenance): Html {
  const scope = [
    ...(since === undefined ? [] : [html`Only entries that changed since <code>${since}</code>. `]),
    ...(only.length === 0 ? [] : [html`Only targets that match ${list(only)}. `]),
  ];
  return html`<p class="faint">
      Made ${absoluteTime(at)} UTC by imgsync ${version} from
      <code>${manifest}</code>${revision === undefined ? [] : renderRevision(revision)}.
    </p>
    ${scope.length === 0 ? [] : html`<p class="faint">${scope}</p>`}`;
}

function renderRevision({ commit, isChanged }: GitRevision): Html {
  const changed = isChanged ? " with changes that are not committed" : "";
  return html` at Git revision <code>${commit}</code>${changed}`;
}

function list(patterns: readonly string[]): readonly Html[] {
  return patterns.map((pattern, at) => html`${at === 0 ? "" : " or "}<code>${pattern}</code>`);
}
