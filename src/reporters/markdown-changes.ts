import { type Digest, shortDigest } from "../model/digest.ts";
import type { Action, Change } from "../model/plan.ts";
import { formatTag, formatReference, nameAtHost } from "../model/reference.ts";
import type { Section } from "./markdown-budget.ts";
import { codeCell, codeSpan, tableHead, tableRow } from "./markdown-text.ts";
import { describeBackup, describeHeld, describeSource } from "./words/change-text.ts";
import { formatCount, plural } from "./words/format.ts";
import { formatBytes } from "../model/size.ts";
import { asIs } from "./words/options.ts";

type Kind = {
  readonly action: Action;
  readonly title: (tags: string) => string;
  /** The column of digests, and whether there is one of sizes. */
  readonly digest: string;
  readonly hasSize?: true;
};

/** In the order in which a reviewer needs them: changes of existing tags first. */
const KINDS: readonly Kind[] = [
  { action: "update", title: (tags) => `Update ${tags}`, digest: "image", hasSize: true },
  { action: "delete", title: (tags) => `Delete ${tags}`, digest: "was" },
  { action: "attach", title: (tags) => `Attach signatures and other referrers to ${tags}`, digest: "image" },
  { action: "held", title: (tags) => `Held back: ${tags}`, digest: "image", hasSize: true },
  { action: "missing", title: (tags) => `Missing at the source: ${tags}`, digest: "keeps" },
  { action: "create", title: (tags) => `Create ${tags}`, digest: "image", hasSize: true },
];
/** Actions that point the tag at an image of the source, now or later. */
const COPIES: ReadonlySet<Action> = new Set(["update", "create", "held"]);
/** New tags are folded if there are more. */
const MAX_OPEN = 20;
/** `sha256:` and twelve digits are too wide for a comment, and the details have the whole digest. */
const DIGITS = 12;
/** Only the column of tags should wrap. */
const NO_BREAK = "\u00A0";

/** Renders the changes by action, in tables that fit a comment 760 pixels wide. */
export function renderChanges(changes: readonly Change[]): readonly Section[] {
  return KINDS.flatMap((kind) => {
    const own = changes.filter(({ action }) => action === kind.action);
    return own.length === 0 ? [] : [renderKind(kind, own)];
  });
}

/** Renders full digests and sources, folded. */
export function renderDetails(changes: readonly Change[]): readonly Section[] {
  const own = changes.filter(({ action }) => action !== "none" && action !== "error");
  if (own.length === 0) return [];
  return [
    {
      head: ["", "<details><summary>Full digests and sources</summary>", ""],
      rows: own.map(detailItem),
      tail: ["", "</details>"],
      details: (count) => `the digests and sources of ${plural(count, "tag")}`,
    },
  ];
}

function renderKind(kind: Kind, changes: readonly Change[]): Section {
  const byHost = Map.groupBy(changes, ({ target }) => target.repository.host);
  const title = kind.title(plural(changes.length, "tag"));
  const hasSize = kind.hasSize === true && changes.some(({ bytes }) => bytes !== undefined);
  const titles = ["tag", kind.digest, ...(hasSize ? ["size"] : [])];
  const isFolded = kind.action === "create" && changes.length > MAX_OPEN;
  const [host = ""] = byHost.keys();
  // a single host is in the heading; several have a row each, in the same table
  const isSingle = byHost.size === 1 && !isFolded;
  const rows = [...byHost].flatMap(([host, group]) =>
    group.map((change, at) => {
      const row = changeRow(change, hasSize);
      return at === 0 && !isSingle ? `${hostRow(host, titles.length)}\n${row}` : row;
    }),
  );
  if (!isFolded)
    return { head: ["", `#### ${title}${isSingle ? ` at ${codeSpan(host)}` : ""}`, "", ...tableHead(titles)], rows };
  const summary = `<details><summary><strong>${title}</strong></summary>`;
  return { head: ["", summary, "", ...tableHead(titles)], rows, tail: ["", "</details>"] };
}

function hostRow(host: string, columns: number): string {
  return tableRow([`**${codeCell(host)}**`, ...Array.from({ length: columns - 1 }, () => "")]);
}

function changeRow(change: Change, hasSize: boolean): string {
  const { target, bytes } = change;
  const name = codeCell(nameAtHost(target.repository) + formatTag(target.tag));
  const size = bytes === undefined ? "" : formatBytes(bytes).replace(" ", NO_BREAK);
  const remarks = remarksOf(change);
  const tag = remarks.length === 0 ? name : `${name}<br>${remarks.join(", ")}`;
  return tableRow([tag, digestsOf(change), ...(hasSize ? [size] : [])]);
}

function remarksOf(change: Change): readonly string[] {
  const { action, source, target, engine, platforms, notes } = change;
  const from = source.kind === "registry" ? source.reference.tag : undefined;
  const isRenamed = from !== undefined && from !== target.tag && COPIES.has(action);
  return [
    ...(isRenamed ? [`from tag ${codeCell(from)}`] : []),
    ...(engine === "docker" && source.kind === "registry" ? ["with docker"] : []),
    ...(platforms === "all" ? [] : [`${formatCount(platforms.length)} of its platforms`]),
    ...describeHeld(change),
    ...describeBackup(change, codeCell),
    ...notes.map((note) => codeCell(note)),
  ];
}

function digestsOf({ action, observed, wanted, engine }: Change): string {
  if (action === "delete" || action === "missing") return digestCell(observed);
  if (action === "attach") return digestCell(wanted);
  if (action === "create" || (action === "held" && observed === null))
    return wanted === undefined ? "" : digestCell(wanted);
  const after = wanted === undefined && engine === "docker" ? "another image" : digestCell(wanted);
  return [digestCell(observed), "→", after].join(NO_BREAK);
}

function digestCell(digest: Digest | null | undefined): string {
  if (digest === null) return "absent";
  return digest === undefined ? "unknown" : codeCell(shortDigest(digest).slice(-DIGITS));
}

function detailItem(change: Change): string {
  const { action, target, observed, wanted } = change;
  const before = observed === undefined ? "unknown" : observed === null ? undefined : codeSpan(observed);
  const after = action === "delete" || action === "missing" || wanted === undefined ? undefined : codeSpan(wanted);
  const lines = [
    codeSpan(formatReference(target)),
    ...(action === "delete" ? [] : [`from ${codeSpan(fullSource(change))}`]),
    // an attachment does not move the tag
    ...(before === undefined || action === "attach" ? [] : [`before ${before}`]),
    ...(after === undefined ? [] : [`${action === "attach" ? "image" : "after"} ${after}`]),
  ];
  return `- ${lines.join("<br>")}`;
}

function fullSource({ source }: Change): string {
  return source.kind === "registry" ? formatReference(source.reference) : describeSource(source, asIs);
}
