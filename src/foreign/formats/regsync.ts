import { scheduleProblem } from "../../manifest/keys/schedule.ts";
import type { Node } from "../../manifest/parse/nodes.ts";
import { defined } from "../../model/defined.ts";
import { type Collector, nameTag, noteOtherKeys } from "../items/collect.ts";
import { field, hasKeys, isTrue, itemsOf, textAt, textOf } from "../items/fields.ts";
import type { GoRegex, ItemSettings, TagFilter } from "../items/foreign-file.ts";
import type { ForeignImage } from "../items/read-image.ts";
import type { Format } from "./format.ts";
import { noteCreds, noteOptions } from "./regsync-options.ts";
import { readRepositories } from "./regsync-repositories.ts";

/** regsync's configuration, version 1. Facts from cmd/regsync at regclient 725072f. */
export const regsync: Format = {
  name: "regsync",
  title: "regsync",
  omitsReferrers: true,
  recognises: ({ documents: [root] }) =>
    field(root, "sync")?.kind === "list" &&
    (itemsOf(field(root, "sync")).some((item) => hasKeys(item, "source") || hasKeys(item, "type")) ||
      hasKeys(root, "creds") ||
      hasKeys(root, "defaults")),
  read: ({ documents: [root] }, out) => {
    const defaults = field(root, "defaults");
    for (const creds of itemsOf(field(root, "creds"))) noteCreds(creds, out);
    noteOptions(defaults, out);
    noteOtherKeys(root, ["version", "creds", "defaults", "sync"], out);
    for (const item of itemsOf(field(root, "sync"))) readItem(item, defaults, out);
  },
};

function readItem(item: Node, defaults: Node | undefined, out: Collector): void {
  noteOptions(item, out);
  const type = textAt(item, "type");
  if (type === "registry") return addRegistry(item, settingsOf(item, defaults, out), out);
  if (type !== "image" && type !== "repository") {
    out.lose(
      item,
      "an item whose type is none of image, repository and registry",
      "correct the type, and import again",
    );
    return;
  }
  const source = out.image(layout(field(item, "source")), item, "source");
  const target = out.image(layout(field(item, "target")), item, "target");
  if (source === undefined || target === undefined) return;
  const settings = settingsOf(item, defaults, out);
  if (type === "image") addImage(item, { source, target, settings }, out);
  else addRepository(item, { source, target, settings }, out);
}

type Read = { readonly source: ForeignImage; readonly target: ForeignImage; readonly settings: ItemSettings };

/** `ocidir://PATH` is an OCI layout. */
function layout(node: Node | undefined): Node | undefined {
  return node?.kind === "scalar" ? { ...node, text: node.text.replace(/^ocidir:\/\//, "oci:") } : node;
}

/** A target without a tag is `latest`, whatever the tag of the source. */
function addImage(item: Node, { source, target, settings }: Read, out: Collector): void {
  if (target.digest !== undefined) {
    out.lose(item, "a target with a digest", "name the tag to write in place of the digest");
    return;
  }
  for (const key of ["tags", "tagSets"]) {
    const node = field(item, key);
    if (node !== undefined)
      out.note(
        node,
        `${key} of an item of type image, which regsync ignores: it copies ${source.tag ?? source.digest ?? "latest"}`,
        "write the type repository, and import again, if these tags are meant",
      );
  }
  const to = target.tag ?? "latest";
  const { selection } = nameTag(source);
  out.add({
    ...out.linesOf(item),
    source: source.repository,
    targets: [target.repository],
    selection: { ...selection, to: [to] },
    settings,
  });
}

function addRepository(item: Node, { source, target, settings }: Read, out: Collector): void {
  if ([source, target].some(({ tag, digest }) => tag !== undefined || digest !== undefined)) {
    out.lose(item, "an item of type repository with a tag in its source or target", "remove the tag, and import again");
    return;
  }
  addFilters(item, [{ source: source.repository, target: target.repository }], settings, out);
}

/** All repositories of a registry, each with the same path below the target. */
function addRegistry(item: Node, settings: ItemSettings, out: Collector): void {
  const { referrers, ...others } = settings;
  const isElsewhere = typeof referrers === "object";
  if (isElsewhere)
    out.note(
      item,
      "referrerSource and referrerTarget of an item of type registry",
      "write an entry for each repository",
    );
  addFilters(item, readRepositories(item, out), isElsewhere ? { ...others, referrers: true } : settings, out);
}

function addFilters(
  item: Node,
  pairs: readonly { readonly source: string; readonly target: string }[],
  settings: ItemSettings,
  out: Collector,
): void {
  const own = field(item, "tags");
  const hasOwn = ["allow", "deny", "semverRange"].some((key) => itemsOf(field(own, key)).length > 0);
  const sets = [...itemsOf(field(item, "tagSets")), ...(hasOwn && own !== undefined ? [own] : [])];
  for (const set of [...itemsOf(field(item, "tagSets")), own])
    noteOtherKeys(set, ["allow", "deny", "semverRange"], out);
  const filters = sets.length === 0 ? [undefined] : sets;
  for (const { source, target } of pairs) {
    for (const set of filters) {
      const selection = filterOf(set);
      const isAll = selection.any.length === 0 && (selection.deny ?? []).length === 0;
      out.add({
        ...out.linesOf(item),
        source,
        targets: [target],
        selection,
        settings: {
          ...settings,
          isOptional: true,
          // signatures are tags too, and all of them are copied
          ...(isAll && settings.referrers === undefined ? { referrers: true } : {}),
        },
      });
    }
  }
}

function filterOf(set: Node | undefined): TagFilter {
  const texts = (key: string): readonly string[] =>
    itemsOf(field(set, key)).map((node) => (node.kind === "scalar" ? node.text : ""));
  const ranges = texts("semverRange").filter((range) => range !== "");
  // the anchors are only put around the text, so of `a|b` one alternative has the first and one the last
  const allow = texts("allow").map((text): GoRegex => ({ text: `^${text}$`, isInList: true }));
  const deny = texts("deny").map((text): GoRegex => ({ text: `^${text}$` }));
  const condition = {
    ...defined({
      versions: ranges.length === 0 ? undefined : ({ library: "regsync", ranges } as const),
      allow: allow.length === 0 ? undefined : allow,
    }),
  };
  return { kind: "filter", any: ranges.length + allow.length === 0 ? [] : [condition], deny };
}

function settingsOf(item: Node, defaults: Node | undefined, out: Collector): ItemSettings {
  const value = (key: string): Node | undefined => field(item, key) ?? field(defaults, key);
  const own = (key: string): Node | undefined => field(item, key);
  const platform = textOf(own("platform"));
  const platforms =
    platform === undefined ? itemsOf(own("platforms")).flatMap((node) => textOf(node) ?? []) : [platform];
  if (platform !== undefined) {
    out.note(
      own("platform") ?? item,
      `platform: ${platform} copies the image of one platform without its index`,
      "expect another digest: imgsync writes an index with this platform",
    );
  }
  const schedule = own("schedule") ?? (own("interval") === undefined ? value("schedule") : undefined);
  return defined({
    platforms: platforms.length === 0 ? undefined : platforms,
    referrers: referrersOf(value, item, out),
    backup: backupOf(value("backup"), out),
    schedule: scheduleOf(schedule, out),
  });
}

/** Other repositories for referrers only count with `referrers: true`. */
function referrersOf(value: (key: string) => Node | undefined, item: Node, out: Collector): ItemSettings["referrers"] {
  const hasReferrers = isTrue(value("referrers"));
  const [source, target] = ["referrerSource", "referrerTarget"].map((key) => {
    const node = value(key);
    if (node === undefined) return undefined;
    if (hasReferrers) return out.image(node, item, key)?.repository;
    out.note(node, `${key} without referrers: true, which regsync ignores`, "remove it");
    return undefined;
  });
  if (source !== undefined || target !== undefined) return defined({ source, target });
  return hasReferrers || isTrue(value("digestTags")) ? true : undefined;
}

function scheduleOf(node: Node | undefined, out: Collector): string | undefined {
  const schedule = textOf(node);
  if (node === undefined || schedule === undefined) return undefined;
  if (scheduleProblem(schedule) === undefined) return schedule;
  out.note(node, `the schedule "${schedule}"`, "write schedule: in the entry as a cron pattern with five fields");
  return undefined;
}

/** `backup-{{.Ref.Tag}}` is `backup-{tag}`. */
function backupOf(node: Node | undefined, out: Collector): string | undefined {
  const written = textOf(node);
  if (node === undefined || written === undefined) return undefined;
  const text = written.trim().replaceAll(/\{\{-?\s*\.Ref\.Tag\s*-?\}\}/g, "{tag}");
  if (text.includes("{tag}") && /^[\w.{}-]+$/.test(text) && !/\{(?!tag\})|[^g]\}/.test(text)) return text;
  out.note(
    node,
    "the backup template",
    'write backup: "{tag}-before-{digest:8}", or another template of {tag} and {digest:8}',
  );
  return undefined;
}
