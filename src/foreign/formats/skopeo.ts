import type { Node } from "../../manifest/parse/nodes.ts";
import { type Collector, madeUpTag, nameTag, noteOtherKeys, readTagOrDigest } from "../items/collect.ts";
import { entriesOf, field, hasKeys, isFalse, itemsOf, textOf } from "../items/fields.ts";
import type { Selection } from "../items/foreign-file.ts";
import { hostOf, noteCredentials } from "./credentials.ts";
import type { Format } from "./format.ts";

const SECTIONS = ["images", "images-by-tag-regex", "images-by-semver"] as const;

/** The YAML source of skopeo sync: `--src yaml`. Facts from cmd/skopeo/sync.go at containers/skopeo b71619a. */
export const skopeo: Format = {
  name: "skopeo",
  title: "skopeo sync",
  needsTarget: true,
  omitsReferrers: true,
  paths: "flatten",
  recognises: ({ documents: [root] }) => {
    const hosts = entriesOf(root);
    return (
      hosts.length > 0 &&
      hosts.every(
        ([, value]) =>
          SECTIONS.some((key) => field(value, key)?.kind === "map" || hasKeys(value, key)) &&
          SECTIONS.every((key) => isSection(field(value, key))),
      )
    );
  },
  read: ({ documents: [root] }, out) => {
    for (const [host, value] of entriesOf(root)) readHost(host, value, out);
  },
};

/** Values of a chart also have maps named `images`, of maps. */
function isSection(section: Node | undefined): boolean {
  return entriesOf(section).every(([, value]) => value.kind !== "map");
}

function readHost(host: string, value: Node, out: Collector): void {
  if (hasKeys(value, "credentials")) noteCredentials(field(value, "credentials") ?? value, host, out);
  const tls = field(value, "tls-verify");
  if (isFalse(tls) && tls !== undefined) {
    out.note(
      tls,
      `tls-verify: false for ${hostOf(host) ?? "a registry"}`,
      "write registries: { HOST: { plainHttp: true } } if it has no TLS, or { ca: FILE } with its authority",
    );
  }
  const folder = field(value, "cert-dir");
  if (folder !== undefined) {
    out.note(
      folder,
      "cert-dir",
      "write registries: { HOST: { ca: FILE, clientCertificate: { certificate: FILE, key: FILE } } }",
    );
  }
  noteOtherKeys(value, [...SECTIONS, "credentials", "tls-verify", "cert-dir"], out);
  for (const [name, refs] of entriesOf(field(value, "images"))) readImages(`${host}/${name}`, refs, out);
  for (const [name, regex] of entriesOf(field(value, "images-by-tag-regex"))) {
    const text = textOf(regex);
    if (regex.kind !== "scalar")
      out.lose(
        regex,
        "a value that is not one regular expression, which skopeo refuses",
        "write one expression, such as ^1\\.2[0-9]$, and import again",
      );
    else if (text === undefined)
      out.lose(regex, "an empty regular expression", "write the repository under images with [] for all tags");
    else addFilter(`${host}/${name}`, regex, { kind: "filter", any: [{ allow: [{ text }] }] }, out);
  }
  for (const [name, range] of entriesOf(field(value, "images-by-semver"))) {
    if (range.kind !== "scalar") {
      out.lose(
        range,
        "a value that is not one version range, which skopeo refuses",
        "write one range, such as >=1.2 <2, and import again",
      );
      continue;
    }
    const versions = { library: "masterminds", ranges: [range.text] } as const;
    addFilter(`${host}/${name}`, range, { kind: "filter", any: [{ versions }] }, out);
  }
}

/** An empty list is all tags. */
function readImages(name: string, refs: Node, out: Collector): void {
  const items = itemsOf(refs);
  if (items.length === 0) addFilter(name, refs, { kind: "filter", any: [] }, out);
  const repository = repositoryOf(name, refs, out);
  if (items.length === 0 || repository === undefined) return;
  for (const item of items) {
    const read = readTagOrDigest(textOf(item) ?? "");
    if (read === undefined) {
      out.lose(item, "a name that is neither a tag nor a digest, which skopeo skips", "correct it, and import again");
      continue;
    }
    const { selection, tag, isMadeUp } = nameTag(read);
    if (isMadeUp) out.note(item, ...madeUpTag(tag));
    out.add({ place: out.placeOf(item), source: repository, targets: undefined, selection, settings: {} });
  }
}

/** skopeo warns if no tag matches, and goes on. */
function addFilter(name: string, node: Node, selection: Selection, out: Collector): void {
  const repository = repositoryOf(name, node, out);
  if (repository === undefined) return;
  const isAll = selection.kind === "filter" && selection.any.length === 0;
  out.add({
    place: out.placeOf(node),
    source: repository,
    targets: undefined,
    selection,
    // signatures are tags too, and all of them are copied
    settings: { isOptional: true, ...(isAll ? { referrers: true } : {}) },
  });
}

function repositoryOf(name: string, node: Node, out: Collector): string | undefined {
  const image = out.image(
    { kind: "scalar", weight: node.weight, range: node.range, text: name, value: name },
    node,
    "name",
  );
  if (image === undefined) return undefined;
  if (image.tag === undefined && image.digest === undefined) return image.repository;
  out.lose(node, "a repository with a tag in its name, which skopeo skips", "write the tag in the list below the name");
  return undefined;
}
