import type { Node } from "../../manifest/parse/nodes.ts";
import { DEFAULT_HOST } from "../../model/reference.ts";
import { type Collector, nameTag, noteOtherKeys } from "../items/collect.ts";
import { field, hasKeys, itemsOf, textAt } from "../items/fields.ts";
import { noteCredentials } from "./credentials.ts";
import type { Format } from "./format.ts";

/** sinker's manifest. Facts from internal/manifest/manifest.go and internal/commands/copy.go at plexsystems/sinker e4323d1. */
export const sinker: Format = {
  name: "sinker",
  title: "sinker",
  omitsReferrers: true,
  recognises: ({ documents: [root] }) =>
    field(root, "target")?.kind === "map" &&
    itemsOf(field(root, "sources")).some((source) => hasKeys(source, "repository")),
  read: ({ documents: [root] }, out) => {
    const target = field(root, "target");
    noteOtherKeys(root, ["target", "sources"], out);
    if (target !== undefined && hasKeys(target, "auth")) noteCredentials(target, textAt(target, "host"), out);
    if (target !== undefined)
      out.note(
        target,
        "that sinker never replaces a tag, except latest",
        'write immutable: [{ repositories: "HOST/**", tags: ["*", "!latest"] }] to keep this',
      );
    for (const source of itemsOf(field(root, "sources"))) readSource(source, target, out);
  },
};

function readSource(source: Node, shared: Node | undefined, out: Collector): void {
  const [host, repository, tag, digest] = ["host", "repository", "tag", "digest"].map(
    (key) => textAt(source, key) ?? "",
  );
  noteOtherKeys(source, ["host", "repository", "tag", "digest", "target", "auth"], out);
  if (hasKeys(source, "auth")) noteCredentials(source, host === "" ? DEFAULT_HOST : host, out);
  const suffix = tag !== "" ? `:${tag}` : digest === "" || digest === undefined ? "" : `@${digest}`;
  const image = out.image(scalar(`${prefix(host)}${repository}${suffix}`, source), source, "source");
  const own = textAt(source, "target", "host") === undefined ? shared : field(source, "target");
  const targetHost = textAt(own, "host") ?? "";
  const name = hasFlatNames(targetHost) ? (repository?.split("/").at(-1) ?? "") : repository;
  const folder = textAt(own, "repository") ?? "";
  const target = out.image(scalar(`${prefix(targetHost)}${prefix(folder)}${name}`, source), source, "target");
  if (image === undefined || target === undefined) return;
  // a digest becomes a tag without its algorithm
  const { selection } = nameTag(image, image.digest?.replace(/^sha\d+:/, ""));
  out.add({ ...out.linesOf(source), source: image.repository, targets: [target.repository], selection, settings: {} });
}

function prefix(text: string | undefined): string {
  return text === undefined || text === "" ? "" : `${text}/`;
}

/** These hosts get the last part of a source's path alone. */
function hasFlatNames(host: string): boolean {
  return host === "" || ["quay.io", "ghcr.io", "docker.io"].some((name) => host.includes(name));
}

function scalar(text: string, { weight, range }: Node): Node {
  return { kind: "scalar", weight, range, text, value: text };
}
