import type { Digest } from "../../model/digest.ts";
import type { ErrorDetails } from "../../model/error.ts";
import { type Action, type Change, type EntryFailure, isCopy, transferBytesOf } from "../../model/plan.ts";
import { formatPlatform } from "../../model/platform.ts";
import { formatPosition, type Position } from "../../model/position.ts";
import { formatReference, formatRepository, type Repository } from "../../model/reference.ts";
import {
  describeBackup,
  describeBlock,
  describeError,
  describeHeld,
  describePosition,
  describeSource,
  withoutTarget,
} from "../words/change-text.ts";
import { plural } from "../words/format.ts";
import { formatBytes } from "../../model/size.ts";
import { asIs } from "../words/options.ts";
import { adviseBlocked, blockedBy, isBlockedDelete } from "../words/unblock.ts";
import { html, type Html } from "./escape.ts";
import { renderPhrase } from "./phrase.ts";

/** Shared by the rows of a page. */
export type RowContext = {
  /** The mapping at each position in the manifest. */
  readonly mappings: ReadonlyMap<string, string>;
  /** The number of the band of a copied change in the picture; undefined if there is no picture. */
  readonly linkOf: (change: Change) => number | undefined;
  /** The number of a target repository in the filter. */
  readonly numberOf: (repository: Repository) => number;
};

const TONES: Partial<Readonly<Record<Action, string>>> = {
  create: "good",
  attach: "move",
  delete: "bad",
  none: "faint",
  blocked: "bad",
  error: "bad",
};

/** Returns the colour of an action. An action without an entry is shown as a warning. */
export function toneOf(action: Action): string {
  return TONES[action] ?? "warn";
}

/** Returns the displayed name of an action. The plan's `none` would not make sense to a reader. */
export function nameOf(action: Action): string {
  return action === "none" ? "unchanged" : action;
}

/** Renders one change in its section of the page. */
export function changeRow(change: Change, context: RowContext): Html {
  if (change.action === "blocked") {
    const advice = adviseBlocked(blockedBy(change));
    const reason = html`<p class="bad">${describeBlock(change.block, asIs)}</p>
      <p class="hint">What to do: ${renderPhrase(advice)}.</p>`;
    return problemRow(change, reason, context);
  }
  if (change.action === "error") {
    const error = change.error ?? { code: "INTERNAL", message: "unknown error" };
    return problemRow(change, describeProblem(withoutTarget(error, change)), context);
  }
  const { action, target } = change;
  // the group already shows the repository
  return html`<li class="change" data-action="${action}" ${movesOf(change, context)}>
    ${actionCell(action)}<span class="tag name">${target.tag}</span>${digestsCell(change)}${sizeCell(change)}
    <div class="why">${why(change, context)}</div>
  </li> `;
}

/** Renders an entry whose tags are unknown, with its target repositories. */
export function failureRow({ error, targets, positions }: EntryFailure, context: RowContext): Html {
  const [first, ...others] = targets;
  const more = others.length === 0 ? "" : ` and ${plural(others.length, "repository", "repositories")} more`;
  const name = first === undefined ? "" : formatRepository(first);
  const repository = first === undefined ? -1 : context.numberOf(first);
  return html`<li class="change whole-name" data-action="error" data-repository="${repository}">
    ${actionCell("error")}<span class="tag"><span class="name">${name}</span>${more}</span>
    <div class="why">
      ${describeProblem(error)}
      <p>${join(positions.map((position) => declared(position, context)))}</p>
    </div>
  </li> `;
}

/** What the totals and the picture of a filtered page are made from: the bytes to transfer, empty if unknown, and the band. */
function movesOf(change: Change, { linkOf }: RowContext): Html {
  if (!isCopy(change)) return html``;
  const link = linkOf(change);
  const bytes = transferBytesOf(change) ?? (change.action === "attach" ? 0 : "");
  return html` data-bytes="${bytes}"${link === undefined ? html`` : html` data-link="${link}"`}`;
}

function problemRow(change: Change, reason: Html, context: RowContext): Html {
  const { action, target } = change;
  const repository = context.numberOf(target.repository);
  return html`<li class="change whole-name" data-action="${action}" data-repository="${repository}">
    ${actionCell(action)}<span class="tag name">${formatReference(target)}</span
    >${digestsCell(change)}${sizeCell(change)}
    <div class="why">
      ${reason}
      <p>${why(change, context)}</p>
    </div>
  </li> `;
}

function describeProblem(error: ErrorDetails): Html {
  const hint = error.hint === undefined ? html`` : html`<p class="hint">What to do: ${error.hint}</p>`;
  return html`<p class="bad">${describeError(error, asIs)}</p>
    ${hint}`;
}

function actionCell(action: Action): Html {
  return html`<span class="action ${toneOf(action)}">${nameOf(action)}</span>`;
}

/** Like the plan on a terminal, but with full digests: the style shortens them unless the reader asks for full digests. */
function digestsCell(change: Change): Html {
  const { action, observed, wanted, engine } = change;
  if (action === "error") return html``;
  if (action === "missing") return observed ? html`<span class="digests">keeps ${digest(observed)}</span>` : html``;
  if (action === "delete" || (action === "blocked" && isBlockedDelete(change)))
    return html`<span class="digests">was ${digest(observed)}</span>`;
  if (action === "attach") return html`<span class="digests">what refers to ${digest(wanted)}</span>`;
  if (action === "create" || action === "none" || (action === "held" && observed === null)) {
    return wanted === undefined ? html`` : html`<span class="digests">${digest(wanted)}</span>`;
  }
  const after = wanted === undefined && engine === "docker" ? html`another image` : digest(wanted);
  return html`<span class="digests">${digest(observed)} → ${after}</span>`;
}

function digest(value: Digest | null | undefined): Html {
  if (value === null) return html`absent`;
  return value === undefined ? html`unknown` : html`<code class="digest">${value}</code>`;
}

function sizeCell({ action, bytes }: Change): Html {
  const isShown = bytes !== undefined && action !== "attach" && action !== "delete" && action !== "error";
  return isShown ? html`<span class="size">${formatBytes(bytes)}</span>` : html``;
}

/** Returns the source of a change, the mappings that require it, and its notes. */
function why(change: Change, context: RowContext): Html {
  const { action, source, engine, platforms, notes, positions } = change;
  const isDelete = action === "delete" || (action === "blocked" && isBlockedDelete(change));
  const from = html`from <span class="name">${describeSource(source, asIs)}</span>`;
  return join([
    ...(isDelete ? [] : [from]),
    ...positions.map((position) => (isDelete ? owned(position, context) : declared(position, context))),
    ...[...describeHeld(change), ...describeBackup(change, asIs)].map((text) => html`${text}`),
    ...(engine === "docker" && source.kind === "registry" ? [html`with docker`] : []),
    ...(platforms === "all" ? [] : [html`only ${platforms.map(formatPlatform).join(" ")}`]),
    ...notes.map((note) => html`note: ${note}`),
  ]);
}

function declared(position: Position, { mappings }: RowContext): Html {
  const text = mappings.get(formatPosition(position));
  return text === undefined ? html`mapped at ${place(position)}` : html`${text} at ${place(position)}`;
}

function owned(position: Position, { mappings }: RowContext): Html {
  const text = mappings.get(formatPosition(position));
  return html`no longer ${text ?? "mapped"} at ${place(position)}`;
}

function place(position: Position): Html {
  return html`<span class="name">${describePosition(position, asIs)}</span>`;
}

function join(parts: readonly Html[]): Html {
  return html`${parts.map((part, at) => (at === 0 ? part : html` · ${part}`))}`;
}
