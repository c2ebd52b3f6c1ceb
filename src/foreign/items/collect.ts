import type { Node } from "../../manifest/parse/nodes.ts";
import type { ForeignNote, Place } from "../../model/foreign.ts";
import { isDigest } from "../../model/digest.ts";
import { isTag } from "../../model/reference.ts";
import { digestTag } from "./digest-tag.ts";
import { entriesOf } from "./fields.ts";
import type { ForeignContent, ForeignItem, ItemSettings, NamedTag } from "./foreign-file.ts";
import type { ForeignText } from "./read-file.ts";
import { type ForeignImage, readImage, type Values } from "./read-image.ts";

/** Gathers the items and notes of a file. */
export type Collector = {
  readonly add: (item: ForeignItem) => void;
  /** Something that is not carried over, while all images are. */
  readonly note: (where: Node | Place, what: string, instead: string) => void;
  /** An image that is left out, or whose tags differ. */
  readonly lose: (where: Node | Place, what: string, instead: string) => void;
  /** Reads a reference, and reports it as lost if it is not valid. `what` is its role: `source`. */
  readonly image: (node: Node | undefined, parent: Node, what: string) => ForeignImage | undefined;
  /** Adds one image that keeps its name at the target that the command line names. `name`: a tag for a digest. */
  readonly addImage: (text: string, place: Place, options?: ImageOptions) => void;
  /** The host is reached over http. */
  readonly plainHttp: (where: Node | Place, host: string | undefined) => void;
  readonly placeOf: (node: Node) => Place;
  readonly linesOf: (node: Node) => Required<Pick<ForeignItem, "place" | "lastLine">>;
  readonly values: Values;
  readonly content: () => ForeignContent;
};

export type ImageOptions = { readonly settings?: ItemSettings; readonly name?: string | undefined };

export function createCollector(
  { placeOf, lastLineOf }: Pick<ForeignText, "placeOf" | "lastLineOf">,
  values: Values,
): Collector {
  const items: ForeignItem[] = [];
  const notes: ForeignNote[] = [];
  const plainHttp = new Set<string>();
  const at = (where: Node | Place): Place => ("line" in where ? where : placeOf(where));
  const lose: Collector["lose"] = (where, what, instead) =>
    void notes.push({ place: at(where), what, instead, isLoss: true });
  const note: Collector["note"] = (where, what, instead) =>
    void notes.push({ place: at(where), what, instead, isLoss: false });
  const read = (text: string, where: Node | Place, what: string): ForeignImage | undefined => {
    const image = readImage(text, values);
    if (!("problem" in image)) {
      const { defaulted } = image;
      if (defaulted !== undefined)
        note(
          where,
          `the variable ${defaulted}, in place of which its default is used`,
          `pass --var ${defaulted}=VALUE to the import if it has another value`,
        );
      return image;
    }
    lose(where, `the ${what} of this image: ${image.problem}`, "correct it, and import again");
    return undefined;
  };
  return {
    add: (item) => void items.push(item),
    note,
    lose,
    image: (node, parent, what) => {
      if (node?.kind === "scalar" && node.value !== null && node.text !== "") return read(node.text, node, what);
      lose(node ?? parent, `the ${what} of this image: it is missing`, "add it, and import again");
      return undefined;
    },
    addImage: (text, place, { settings = {}, name } = {}) => {
      const image = read(text, place, "name");
      if (image === undefined) return;
      const named = nameTag(image, name);
      if (named.isMadeUp) note(place, ...madeUpTag(named.tag));
      items.push({ place, source: image.repository, targets: undefined, selection: named.selection, settings });
    },
    plainHttp: (where, host) => {
      if (host === undefined)
        note(where, "plain http for a registry", "write registries: { HOST: { plainHttp: true } }");
      else plainHttp.add(host);
    },
    placeOf,
    linesOf: (node) => ({ place: placeOf(node), lastLine: lastLineOf(node) }),
    values,
    content: () => ({ items, notes, plainHttp: [...plainHttp] }),
  };
}

/** The mapping of one image that keeps its tag, `latest` if it has none. A digest alone gets `name` or a tag of its own. */
export function nameTag(
  { tag, digest }: Omit<ForeignImage, "repository">,
  name?: string,
): { readonly selection: NamedTag; readonly tag: string; readonly isMadeUp: boolean } {
  if (digest === undefined) {
    const own = tag ?? "latest";
    return { selection: { kind: "named", tag: own, to: [own] }, tag: own, isMadeUp: false };
  }
  const given = tag ?? name;
  const target = given ?? digestTag(digest);
  return { selection: { kind: "named", digest, to: [target] }, tag: target, isMadeUp: given === undefined };
}

export function madeUpTag(tag: string): readonly [what: string, instead: string] {
  return [
    `a digest without a tag, which gets the tag ${tag}`,
    "change the tag in `to`, or remove `to` to keep the image without a tag",
  ];
}

/** Reads a tag or a digest. */
export function readTagOrDigest(text: string): Omit<ForeignImage, "repository"> | undefined {
  if (isDigest(text)) return { digest: text };
  return isTag(text) || text.startsWith("${") ? { tag: text } : undefined;
}

/** Notes the keys of a map that are not read, so that none is dropped silently. Keys with `x-` hold anchors. */
export function noteOtherKeys(node: Node | undefined, known: readonly string[], out: Collector): void {
  for (const [key, value] of entriesOf(node)) {
    if (!known.includes(key) && !key.startsWith("x-"))
      out.note(value, `the key ${key}`, "see whether images.yaml has an equivalent");
  }
}
