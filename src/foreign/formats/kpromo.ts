import { isDigest } from "../../model/digest.ts";
import type { Node } from "../../manifest/parse/nodes.ts";
import { type Collector, madeUpTag } from "../items/collect.ts";
import { digestTag } from "../items/digest-tag.ts";
import { entriesOf, field, hasKeys, isTrue, itemsOf, textAt, textOf } from "../items/fields.ts";
import type { ForeignText } from "../items/read-file.ts";
import type { Format } from "./format.ts";

/**
 * kpromo's promoter manifests: plain ones have the registries and the images, thin ones are two files in `manifests/NAME/` and
 * `images/NAME/`. Facts from promoter/image/schema/manifest.go, promoter/image/promotion/edge.go and internal/promoter/image/sign.go at
 * kubernetes-sigs/promo-tools 63ddc9f: the signatures at the source are copied, before the image is signed again.
 */
export const kpromo: Format = {
  name: "kpromo",
  title: "kpromo",
  recognises: (file) => hasRegistries(file) || isImageList(file),
  read: (file, out, all) => {
    const registries = field(file.documents[0], "registries");
    if (registries !== undefined) noteAccounts(registries, out);
    const images = imagesOf(file);
    if (images.length === 0) return;
    const own = registries ?? registriesFor(file, all);
    const names = itemsOf(own).map((node) => ({
      name: textAt(node, "name") ?? "",
      isSource: isTrue(field(node, "src")),
    }));
    const source = names.find(({ isSource }) => isSource)?.name;
    const targets = names.filter(({ isSource }) => !isSource).map(({ name }) => name);
    if (source === undefined || targets.length === 0) {
      const [first] = images;
      if (first !== undefined) {
        out.lose(
          first,
          "images without their registries",
          "import them together with manifests/NAME/promoter-manifest.yaml",
        );
      }
      return;
    }
    const [first] = images;
    if (first !== undefined) {
      out.note(first, "that kpromo never moves a tag", 'write immutable: [{ repositories: "HOST/**" }] to keep this');
      out.note(
        first,
        "that kpromo signs the copies",
        "sign them with cosign; imgsync copies the signatures of the source",
      );
    }
    for (const image of images) readImage(image, { source, targets }, out);
  },
};

function hasRegistries({ documents: [root] }: ForeignText): boolean {
  return itemsOf(field(root, "registries")).some((registry) => hasKeys(registry, "name"));
}

function imagesOf({ documents: [root] }: ForeignText): readonly Node[] {
  return itemsOf(root?.kind === "list" ? root : field(root, "images"));
}

function isImageList(file: ForeignText): boolean {
  return imagesOf(file).some((image) => hasKeys(image, "name", "dmap"));
}

/** The registries of images/NAME/images.yaml are in manifests/NAME/. */
function registriesFor({ file }: ForeignText, all: readonly ForeignText[]): Node | undefined {
  const thin = all.filter((other) => hasRegistries(other) && imagesOf(other).length === 0);
  const folder = folderOf(file);
  const [found] = [...thin.filter((other) => folderOf(other.file) === folder), ...(thin.length === 1 ? thin : [])];
  return field(found?.documents[0], "registries");
}

function folderOf(file: string): string {
  return file.split(/[\\/]/).at(-2) ?? "";
}

function readImage(
  image: Node,
  { source, targets }: { source: string; targets: readonly string[] },
  out: Collector,
): void {
  const name = textAt(image, "name") ?? "";
  const [from, ...to] = [source, ...targets].map((registry) => {
    const text = `${registry}/${name}`;
    return out.image({ kind: "scalar", weight: image.weight, range: image.range, text, value: text }, image, "name")
      ?.repository;
  });
  const repositories = to.filter((one) => one !== undefined);
  if (from === undefined || repositories.length === 0) return;
  for (const [digest, tags] of entriesOf(field(image, "dmap"))) {
    const names = itemsOf(tags).flatMap((tag) => textOf(tag) ?? []);
    if (!isDigest(digest)) {
      out.lose(tags, "a digest that is not valid", "correct it, and import again");
      continue;
    }
    if (names.length === 0) out.note(tags, ...madeUpTag(digestTag(digest)));
    const selection = { kind: "named", digest, to: names.length === 0 ? [digestTag(digest)] : names } as const;
    out.add({ ...out.linesOf(image), source: from, targets: repositories, selection, settings: {} });
  }
}

function noteAccounts(registries: Node, out: Collector): void {
  for (const registry of itemsOf(registries)) {
    const account = field(registry, "service-account");
    if (account !== undefined) {
      out.note(
        account,
        "service-account",
        "write registries: { HOST: { auth: { gcloud: true, impersonate: ACCOUNT } } }",
      );
    }
  }
}
