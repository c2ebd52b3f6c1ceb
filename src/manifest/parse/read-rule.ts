import type { ImmutableRule } from "../../model/sync-manifest.ts";
import type { ImmutableRule as WrittenRule } from "../../schema/generated/images.ts";
import { repositoryGlobProblem } from "../../selectors/glob.ts";
import type { FileContext } from "./file-context.ts";
import { listOf } from "./list-of.ts";
import type { Path } from "./nodes.ts";
import { readTagGlobs } from "./read-tag-mapping.ts";
import { defined } from "../../model/defined.ts";

/** Reads one element of `immutable`. Returns undefined and reports if it is not valid. */
export function readRule(written: WrittenRule, path: Path, context: FileContext): ImmutableRule | undefined {
  const repositories = listOf(written.repositories, [...path, "repositories"]);
  let isFit = true;
  for (const { text, path } of repositories) {
    const problem = repositoryGlobProblem(text);
    if (problem === undefined) continue;
    context.report(path, { message: problem });
    isFit = false;
  }
  const tags = readTagGlobs(written.tags, [...path, "tags"], context);
  if (!isFit || tags === undefined) return undefined;
  return {
    position: context.positionOf(path),
    repositories: repositories.map(({ text }) => text),
    ...defined({ tags: written.tags === undefined ? undefined : tags }),
  };
}
