import type { Node } from "../../manifest/parse/nodes.ts";
import { isProblem, parsePrefix } from "../../model/reference.ts";
import type { Collector } from "../items/collect.ts";
import { field, itemsOf, textAt } from "../items/fields.ts";
import { expandValues } from "../items/read-image.ts";

type Pair = { readonly source: string; readonly target: string };

/**
 * The repositories of an item of type registry, as patterns of images.yaml. regsync copies HOST/PATH to TARGET/PATH, with the paths of the
 * registry's list that its expressions match as a whole.
 */
export function readRepositories(item: Node, out: Collector): readonly Pair[] {
  const [source, target] = ["source", "target"].map((key) => {
    const text = expandValues(textAt(item, key) ?? "", out.values).trim();
    const isValid = isPlace(text) && (key === "target" || !text.includes("/"));
    if (!isValid) out.lose(item, `the ${key} of an item of type registry`, "name a registry, and import again");
    return isValid ? text : undefined;
  });
  if (source === undefined || target === undefined) return [];
  const repos = field(item, "repos");
  const paths = itemsOf(field(repos, "deny")).length > 0 ? undefined : pathsOf(itemsOf(field(repos, "allow")));
  if (paths === undefined || repos?.kind === "scalar") {
    out.lose(
      repos ?? item,
      "repos, whose expressions are not patterns of images.yaml",
      "write an entry for each repository, or source: HOST/FOLDER/** for those of a folder",
    );
    return [];
  }
  return paths.map(({ folder, pattern }) => ({ source: `${source}${folder}${pattern}`, target: `${target}${folder}` }));
}

type Path = { readonly folder: string; readonly pattern: "" | "/**" | "/*/**" };

/** Names, or one of `.*` and `FOLDER/.*`: several patterns might select a repository twice. */
function pathsOf(allow: readonly Node[]): readonly Path[] | undefined {
  const texts = allow.map((node) => (node.kind === "scalar" ? node.text : ""));
  if (texts.length === 0) return [{ folder: "", pattern: "/**" }];
  const [first = ""] = texts;
  if (texts.length === 1 && first === ".*") return [{ folder: "", pattern: "/**" }];
  const [, folder] = /^([a-z0-9_/-]+)\/\.[*+]$/.exec(first) ?? [];
  if (texts.length === 1 && folder !== undefined) return [{ folder: `/${folder}`, pattern: "/*/**" }];
  const areNames = texts.every((text) => /^[a-z0-9][a-z0-9_/-]*$/.test(text));
  return areNames ? [...new Set(texts)].map((text) => ({ folder: `/${text}`, pattern: "" })) : undefined;
}

function isPlace(text: string): boolean {
  if (text.startsWith("ocidir:") || text === "") return false;
  const plain = text.replaceAll(/\$\{\w+(?::-[^{}]*)?\}/g, "variable");
  return !isProblem(parsePrefix(plain));
}
