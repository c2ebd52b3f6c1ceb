import type { Node } from "../../manifest/parse/nodes.ts";
import { defined } from "../../model/defined.ts";
import { type Collector, madeUpTag, nameTag, noteOtherKeys, readTagOrDigest } from "../items/collect.ts";
import { field, hasKeys, isTrue, itemsOf, textAt, textOf } from "../items/fields.ts";
import type { Condition, GoRegex, ItemSettings, Selection } from "../items/foreign-file.ts";
import { keepLatest } from "../selection/select-foreign.ts";
import { hostOf, noteCredentials } from "./credentials.ts";
import type { Format } from "./format.ts";

/** dregsy's tasks. Facts from internal/pkg/tags, internal/pkg/sync and internal/pkg/relays at xelalexv/dregsy e92e79a (0.5.2). */
export const dregsy: Format = {
  name: "dregsy",
  title: "dregsy",
  omitsReferrers: true,
  recognises: ({ documents: [root] }) =>
    itemsOf(field(root, "tasks")).some((task) => hasKeys(task, "source", "target", "mappings")),
  read: ({ documents: [root] }, out) => {
    // docker is how to reach the daemon, and lister what to ask for mappings by expressions
    noteOtherKeys(root, ["relay", "tasks", "docker", "lister", "skopeo"], out);
    const certificates = field(field(root, "skopeo"), "certs-dir");
    if (certificates !== undefined)
      out.note(certificates, "skopeo's certs-dir", "write registries: { HOST: { ca: FILE } }");
    const relay = textAt(root, "relay") ?? "docker";
    for (const task of itemsOf(field(root, "tasks"))) readTask(task, relay, out);
  },
};

function readTask(task: Node, relay: string, out: Collector): void {
  const hosts = ["source", "target"].map((side) => readSide(field(task, side), out));
  noteOtherKeys(task, ["name", "interval", "verbose", "source", "target", "mappings"], out);
  const interval = field(task, "interval");
  if (interval !== undefined)
    out.note(interval, "interval", "run imgsync watch, with schedule: in the entry as a cron pattern");
  for (const mapping of itemsOf(field(task, "mappings")))
    readMapping(mapping, { source: hosts[0] ?? "", target: hosts[1] ?? "", relay }, out);
}

function readSide(side: Node | undefined, out: Collector): string {
  const host = textAt(side, "registry") ?? "";
  if (side === undefined) return host;
  noteOtherKeys(side, ["registry", "auth", "auth-refresh", "skip-tls-verify"], out);
  const auth = textAt(side, "auth");
  if ((auth !== undefined && auth !== "none") || hasKeys(side, "auth-refresh")) noteCredentials(side, host, out);
  if (isTrue(field(side, "skip-tls-verify"))) {
    out.note(
      side,
      `skip-tls-verify for ${hostOf(host) ?? "a registry"}`,
      "write registries: { HOST: { ca: FILE } }, or { plainHttp: true } if it has no TLS",
    );
  }
  return host;
}

type Task = { readonly source: string; readonly target: string; readonly relay: string };

function readMapping(mapping: Node, hosts: Task, out: Collector): void {
  noteOtherKeys(mapping, ["from", "to", "platform", "tags"], out);
  const from = textAt(mapping, "from") ?? "";
  const to = textAt(mapping, "to") ?? from;
  if (from.startsWith("regex:")) {
    out.lose(mapping, "a mapping of repositories by a regular expression", "write an entry for each repository");
    return;
  }
  const path = to.startsWith("regex:") ? replaced(from, to) : to;
  if (path === undefined) {
    out.lose(mapping, "a target by a regular expression", "write the path of the target, and import again");
    return;
  }
  const name = (host: string, own: string): Node => {
    const text = `${host}/${own.replace(/^\/+/, "")}`;
    return { kind: "scalar", weight: mapping.weight, range: mapping.range, text, value: text };
  };
  const source = out.image(name(hosts.source, from), mapping, "source");
  const target = out.image(name(hosts.target, path), mapping, "target");
  if (source === undefined || target === undefined) return;
  if ([source, target].some(({ tag, digest }) => tag !== undefined || digest !== undefined)) {
    out.lose(mapping, "a mapping with a tag in from or to", "write the tag under tags, and import again");
    return;
  }
  const settings = settingsOf(mapping, out);
  noteIgnoredKeep(field(mapping, "tags"), hosts.relay, out);
  for (const { selection, more } of selectionsOf(field(mapping, "tags"), out)) {
    out.add({
      ...out.linesOf(mapping),
      source: source.repository,
      targets: [target.repository],
      selection,
      settings: { ...settings, ...more },
    });
  }
}

/** `regex:EXPRESSION,REPLACEMENT`, if both are plain enough to mean the same here. */
function replaced(from: string, to: string): string | undefined {
  const [expression = "", replacement] = to.slice("regex:".length).split(/,([^]*)/);
  if (
    replacement === undefined ||
    !/^[\w/.-]*$/.test(expression) ||
    /[\\.]/.test(expression) ||
    replacement.includes("$")
  )
    return undefined;
  return `/${from.replace(/^\/+/, "")}`.replaceAll(expression, replacement);
}

function settingsOf(mapping: Node, out: Collector): ItemSettings {
  const platform = textAt(mapping, "platform");
  if (platform === "all") return {};
  out.note(
    mapping,
    platform === undefined
      ? "that only the platform of the machine is copied"
      : `platform: ${platform} copies the image without its index`,
    platform === undefined
      ? "add platforms: [linux/amd64] to copy less; all platforms are copied here"
      : "expect another digest: imgsync writes an index with this platform",
  );
  return platform === undefined ? {} : { platforms: [platform] };
}

/** The docker relay pulls all tags if there is neither a name nor a version range nor an expression. */
function noteIgnoredKeep(tags: Node | undefined, relay: string, out: Collector): void {
  const texts = itemsOf(tags).map((node) => (textOf(node) ?? "").trim());
  if (tags !== undefined && relay === "docker" && texts.length > 0 && texts.every((text) => text.startsWith("keep:")))
    out.note(tags, "keep: alone, which the docker relay ignores: it copies all tags", "remove it to copy all tags");
}

type Found = { readonly selection: Selection; readonly more: ItemSettings };

/** Without a space after the colon it is an expression. */
const LATEST = /^keep:\s+latest\s+(\d+)$/;

/** Tags by name or expression are joined by OR; `keep:` applies to all that expressions select. */
function selectionsOf(tags: Node | undefined, out: Collector): readonly Found[] {
  const texts = itemsOf(tags).map((node) => ({ node, text: (textOf(node) ?? "").trim() }));
  const of = (prefix: string): readonly string[] =>
    texts.filter(({ text }) => text.startsWith(prefix)).map(({ text }) => text.slice(prefix.length).trim());
  const counts = texts.flatMap(({ text }) => LATEST.exec(text)?.[1] ?? []);
  const keep = texts
    .filter(({ text }) => text.startsWith("keep:") && !LATEST.test(text))
    .map(({ text }) => wholeLine(text.slice("keep:".length).trim()));
  const any: readonly Condition[] = [
    ...of("semver:").map((range) => ({ versions: { library: "blang" as const, ranges: [range] } })),
    ...of("regex:").map((text) => ({ allow: [wholeLine(text)] })),
  ];
  const plain = texts.filter(({ text }) => !/^(?:semver|regex|keep):/.test(text));
  const count = Number(counts.at(-1) ?? "0");
  const latest = count === 0 ? undefined : { count, named: plain.map(({ text }) => text) };
  // names alone need no list of tags, are not subject to the expressions of `keep:`, and are counted
  const isNames = plain.length > 0 && any.length === 0;
  const counted = new Set(isNames && latest !== undefined ? keepLatest(latest.named, latest) : []);
  const chosen = counted.size === 0 ? plain : plain.filter(({ text }) => counted.has(text));
  const named = chosen.flatMap(({ node, text }) => namedTag(node, text, out));
  if (isNames) return named;
  const isAll = any.length === 0 && keep.length === 0;
  const selection: Selection = { kind: "filter", any, keep, ...defined({ latest }) };
  return [...named, { selection, more: { isOptional: true, ...(isAll ? { referrers: true } : {}) } }];
}

/** `TAG@DIGEST` is pulled by its digest and pushed with its tag. */
function namedTag(node: Node, text: string, out: Collector): readonly Found[] {
  const [tag = "", digest] = text.split("@");
  const read = readTagOrDigest(digest ?? text);
  if (read === undefined) {
    out.lose(node, "a name that is neither a tag nor a digest", "correct it, and import again");
    return [];
  }
  const { selection, tag: name, isMadeUp } = nameTag(read, digest === undefined || tag === "" ? undefined : tag);
  if (isMadeUp) out.note(node, ...madeUpTag(name));
  return [{ selection, more: {} }];
}

/** Anchors are only added where they are missing, and only around the text. `!` inverts. */
function wholeLine(written: string): GoRegex {
  const isNegated = written.startsWith("!");
  const text = isNegated ? written.slice(1) : written;
  const whole = `${text.startsWith("^") ? "" : "^"}${text}${text.endsWith("$") ? "" : "$"}`;
  return isNegated ? { text: whole, isNegated } : { text: whole };
}
