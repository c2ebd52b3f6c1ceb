import { scheduleProblem } from "../../manifest/keys/schedule.ts";
import type { Node } from "../../manifest/parse/nodes.ts";
import { defined } from "../../model/defined.ts";
import { type Collector, nameTag } from "../items/collect.ts";
import { entriesOf, field, hasKeys, isTrue, itemsOf, textAt, textOf } from "../items/fields.ts";
import type { GoRegex, ItemSettings, TagFilter } from "../items/foreign-file.ts";
import type { ForeignImage } from "../items/read-image.ts";
import { hostOf, noteCredentials } from "./credentials.ts";
import type { Format } from "./format.ts";

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
    for (const item of itemsOf(field(root, "sync"))) readItem(item, defaults, out);
  },
};

function readItem(item: Node, defaults: Node | undefined, out: Collector): void {
  noteOptions(item, out);
  const type = textAt(item, "type");
  if (type === "registry") {
    out.lose(
      item,
      "an item of type registry, which copies all repositories of a registry",
      'write an entry for each repository, with tags: [{ glob: "*" }] for all of its tags',
    );
    return;
  }
  if (type !== "image" && type !== "repository") {
    out.lose(item, "an item whose type is neither image nor repository", "correct the type, and import again");
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
  const own = field(item, "tags");
  const hasOwn = ["allow", "deny", "semverRange"].some((key) => itemsOf(field(own, key)).length > 0);
  const sets = [...itemsOf(field(item, "tagSets")), ...(hasOwn && own !== undefined ? [own] : [])];
  const filters = sets.length === 0 ? [undefined] : sets;
  for (const set of filters) {
    const selection = filterOf(set);
    const isAll = selection.any.length === 0 && (selection.deny ?? []).length === 0;
    out.add({
      ...out.linesOf(item),
      source: source.repository,
      targets: [target.repository],
      selection,
      settings: {
        ...settings,
        isOptional: true,
        // signatures are tags too, and all of them are copied
        ...(isAll && settings.referrers !== true ? { referrers: true } : {}),
      },
    });
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
  const hasReferrers = isTrue(value("referrers")) || isTrue(value("digestTags"));
  const schedule = textOf(own("schedule"));
  return defined({
    platforms: platforms.length === 0 ? undefined : platforms,
    referrers: hasReferrers ? true : undefined,
    backup: backupOf(value("backup"), out),
    schedule: schedule !== undefined && scheduleProblem(schedule) === undefined ? schedule : undefined,
  });
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

const OPTIONS: readonly (readonly [key: string, instead: string])[] = [
  ["ratelimit", "remove it: imgsync compares tags without pulls, and waits when a registry limits it"],
  ["interval", "run imgsync watch, with schedule: in the entry as a cron pattern"],
  ["referrerFilters", "use referrers: true, which copies all of them"],
  ["referrerSource", "copy signatures from the source repository itself"],
  ["referrerTarget", "copy signatures to the target repository itself"],
  ["mediaTypes", "remove it: imgsync copies images of all media types"],
  ["includeExternal", "remove it: layers of other hosts stay where they are"],
  ["forceRecursive", "run imgsync apply --verify"],
  ["hooks", "run the commands in the pipeline, before and after imgsync apply"],
  ["userAgent", "remove it"],
  ["parallel", "run imgsync apply --concurrency NUMBER"],
  ["blobLimit", "remove it"],
  ["fastCheck", "write referrers: with-copy, which looks for signatures only when an image is copied"],
  ["skipDockerConfig", "remove it: imgsync reads docker's logins only for the hosts of the manifest"],
  ["cacheCount", "remove it"],
  ["cacheTime", "remove it"],
];

const HOST_OPTIONS: readonly (readonly [key: string, instead: string])[] = [
  ["mirrors", "write registries: { HOST: { mirrors: [HOST/PATH] } }"],
  ["priority", "write mirrors in the order in which they are asked"],
  ["hostname", "write the real host and path in source and target"],
  ["pathPrefix", "write the real host and path in source and target"],
  ["credHost", "run docker login for that host"],
  ["credExpire", "remove it: imgsync asks for credentials again when they expire"],
  ["repoAuth", "remove it: imgsync asks for a token for each repository"],
  ["reqPerSec", "remove it: imgsync slows down, and waits, when a registry limits it"],
  ["reqConcurrent", "remove it: imgsync adapts the number of requests at a time to each registry"],
  ["blobChunk", "remove it"],
  ["blobMax", "remove it"],
  ["apiOpts", "remove it"],
];

function noteOptions(node: Node | undefined, out: Collector, options = OPTIONS): void {
  for (const [key, instead] of options) {
    const found = field(node, key);
    if (found !== undefined) out.note(found, key, instead);
  }
}

/** Passwords and users are never read. */
function noteCreds(creds: Node, out: Collector): void {
  const host = textAt(creds, "registry");
  const keys = new Set(entriesOf(creds).map(([key]) => key));
  if (["user", "pass", "token", "credHelper"].some((key) => keys.has(key))) noteCredentials(creds, host, out);
  const tls = textAt(creds, "tls");
  if (tls === "disabled") out.plainHttp(creds, hostOf(host));
  if (tls === "insecure") {
    out.note(
      creds,
      "tls: insecure, which accepts any certificate",
      "name the certificate of its authority: registries: { HOST: { ca: FILE } }",
    );
  }
  for (const key of ["regcert", "clientCert", "clientKey"]) {
    if (keys.has(key))
      out.note(
        creds,
        key,
        "put it in a file: registries: { HOST: { ca: FILE, clientCertificate: { certificate: FILE, key: FILE } } }",
      );
  }
  noteOptions(creds, out, HOST_OPTIONS);
}
