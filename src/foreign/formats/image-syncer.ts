import type { Node } from "../../manifest/parse/nodes.ts";
import { isTag } from "../../model/reference.ts";
import { type Collector, madeUpTag, nameTag, readTagOrDigest } from "../items/collect.ts";
import { entriesOf, field, hasKeys, isTrue, textOf, textsOf } from "../items/fields.ts";
import type { ItemSettings, Selection } from "../items/foreign-file.ts";
import { hostOf, noteCredentials } from "./credentials.ts";
import type { Format } from "./format.ts";

/**
 * image-syncer's rules, alone or in the older file with `auth` and `images`, and its file of credentials. Facts from pkg/utils/url.go and
 * pkg/sync/source.go at AliyunContainerService/image-syncer c6f20fa. url.go takes the `bitnami` of `bitnami/nginx` for a host, but the name that
 * source.go puts together again is read as containers/image reads it: the host is the default one. `insecure` is DockerInsecureSkipTLSVerify there:
 * https with any certificate first, and then http.
 */
export const imageSyncer: Format = {
  name: "image-syncer",
  title: "image-syncer",
  omitsReferrers: true,
  paths: "flatten",
  recognises: ({ documents: [root] }) => isRules(root) || isBoth(root) || isAuth(root),
  read: ({ documents: [root] }, out) => {
    if (isAuth(root)) return readAuth(root, out);
    const isWhole = isBoth(root);
    if (isWhole) readAuth(field(root, "auth"), out);
    for (const [source, targets] of entriesOf(isWhole ? field(root, "images") : root)) readRule(source, targets, out);
  },
};

function isRules(root: Node | undefined): boolean {
  const rules = entriesOf(root);
  return (
    rules.length > 0 &&
    rules.every(([key, value]) =>
      isEmpty(value)
        ? /^\S+[/:]\S+$/.test(key)
        : /[/.:]/.test(key) && textsOf(value).length > 0 && textsOf(value).every(isReferenceLike),
    )
  );
}

/** Versions before 1.5 copy to the target of `--registry` and `--namespace`. */
function isEmpty(value: Node): boolean {
  return value.kind === "scalar" && (value.value === null || value.text === "");
}

function isReferenceLike(node: Node): boolean {
  return /^[^\s]+\/[^\s]+$/.test(textOf(node) ?? "");
}

function isBoth(root: Node | undefined): boolean {
  return (
    hasKeys(root, "images") &&
    (isRules(field(root, "images")) || (hasKeys(root, "auth") && field(root, "images")?.kind === "map"))
  );
}

function isAuth(root: Node | undefined): boolean {
  const hosts = entriesOf(root);
  const isLogin = (value: Node): boolean =>
    value.kind === "map" &&
    value.entries.size > 0 &&
    [...value.entries.keys()].every((key) => ["username", "password", "insecure"].includes(key));
  return hosts.length > 0 && hosts.every(([, value]) => isLogin(value));
}

function readAuth(auth: Node | undefined, out: Collector): void {
  for (const [name, login] of entriesOf(auth)) {
    if (hasKeys(login, "username") || hasKeys(login, "password")) noteCredentials(login, name, out);
    if (!isTrue(field(login, "insecure"))) continue;
    const host = hostOf(name);
    out.plainHttp(login, host);
    if (host !== undefined)
      out.note(
        login,
        `insecure: true for ${host}, which also accepts any certificate`,
        "replace plainHttp: true by ca: FILE if the host has TLS",
      );
  }
}

type Source = {
  readonly repository: string;
  readonly selections: readonly Selection[];
  readonly settings: ItemSettings;
  /** The tags of digests, for targets that do not name one. */
  readonly madeUp: readonly string[];
};

function readRule(written: string, targets: Node, out: Collector): void {
  const source = readSource(written, targets, out);
  if (source === undefined) return;
  if (isEmpty(targets)) {
    const { settings, repository, selections, madeUp } = source;
    for (const name of madeUp) out.note(targets, ...madeUpTag(name));
    for (const selection of selections)
      out.add({ place: out.placeOf(targets), source: repository, targets: undefined, selection, settings });
    return;
  }
  if (textsOf(targets).length === 0) out.lose(targets, "a rule without a target", "write its target, and import again");
  for (const target of textsOf(targets)) {
    const read = readTarget(target, source, out);
    if (read === undefined) continue;
    for (const selection of read.selections) {
      const { settings, repository } = source;
      out.add({ place: out.placeOf(target), source: repository, targets: [read.repository], selection, settings });
    }
  }
}

/** `NAME`, `NAME:TAG,TAG`, `NAME:/REGEX/` or `NAME@DIGEST`. */
function readSource(written: string, node: Node, out: Collector): Source | undefined {
  const regex = /^(.*?):\/(.*)\/$/.exec(written);
  const [first = "", ...more] = regex === null ? written.split(",") : [regex[1] ?? ""];
  const image = out.image(scalar(first, node), node, "source");
  if (image === undefined) return undefined;
  const { repository, tag, digest } = image;
  const isPlain = tag === undefined && digest === undefined;
  if (regex !== null || (isPlain && more.length === 0)) {
    const allow = regex === null ? [] : [{ allow: [{ text: regex[2] ?? "" }] }];
    return {
      repository,
      selections: [{ kind: "filter", any: allow }],
      settings: { isOptional: true, ...(regex === null ? { referrers: true } : {}) },
      madeUp: [],
    };
  }
  const others = more.map((text) => readTagOrDigest(text.trim()));
  const known = others.filter((one) => one !== undefined);
  if (known.length < others.length || (more.length > 0 && (isPlain || digest !== undefined))) {
    out.lose(node, "a source whose tags cannot be read", "correct it, and import again");
    return undefined;
  }
  const named = [digest === undefined ? { tag: tag ?? "latest" } : { digest }, ...known].map((one) => nameTag(one));
  return {
    repository,
    selections: named.map(({ selection }) => selection),
    settings: {},
    madeUp: named.filter(({ isMadeUp }) => isMadeUp).map((one) => one.tag),
  };
}

/** Tags of the target replace those of the source, one by one. */
function readTarget(
  node: Node,
  { selections, madeUp }: Source,
  out: Collector,
): { readonly repository: string; readonly selections: readonly Selection[] } | undefined {
  const [first = "", ...more] = (textOf(node) ?? "").replaceAll(/\$([A-Za-z_]\w*)/g, "${$1}").split(",");
  const image = out.image(scalar(first, node), node, "target");
  if (image === undefined) return undefined;
  const [only, ...others] = selections;
  const isSame = others.length === 0 && only?.kind === "named" && only.digest === image.digest;
  if (image.digest !== undefined && !isSame) {
    out.lose(node, "a target with a digest, which is not a tag to write", "name the tag in place of the digest");
    return undefined;
  }
  // image-syncer ignores a tag beside a digest
  const isTagged = image.tag !== undefined && image.digest === undefined;
  const names = isTagged ? [image.tag, ...more.map((text) => text.trim())] : [];
  if (names.length === 0) {
    for (const name of madeUp) out.note(node, ...madeUpTag(name));
    return { repository: image.repository, selections };
  }
  const isPaired = names.length === selections.length && selections.every(({ kind }) => kind === "named");
  if (!isPaired || names.some((name) => !isTag(name) && !name.startsWith("${"))) {
    out.lose(node, "a target whose tags are not as many as those of its source", "correct it, and import again");
    return undefined;
  }
  return {
    repository: image.repository,
    selections: selections.map((selection, at) =>
      selection.kind === "named" ? { ...selection, to: [names[at] ?? ""] } : selection,
    ),
  };
}

function scalar(text: string, { weight, range }: Node): Node {
  return { kind: "scalar", weight, range, text, value: text };
}
