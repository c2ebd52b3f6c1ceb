import type { ReferenceProblem } from "../../model/reference.ts";
import type { TagText } from "../../schema/generated/images.ts";
import { hasPlaceholder, parseTemplate, templateProblem } from "../../selectors/tag-template.ts";
import type { FileContext } from "./file-context.ts";
import { listOf } from "./list-of.ts";
import type { Path } from "./nodes.ts";

/** Reads the templates by which a selector renames tags. Returns undefined and reports if one is not valid. */
export function readRenames(
  written: TagText | readonly TagText[],
  path: Path,
  { report }: FileContext,
): readonly string[] | undefined {
  const named = listOf(written, path);
  const problems = named.flatMap(({ text, path }) => {
    const problem = renameProblem(text);
    return problem === undefined ? [] : [{ path, problem }];
  });
  for (const { path, problem } of problems) report(path, { message: problem.problem, hint: problem.hint });
  return problems.length > 0 ? undefined : named.map(({ text }) => text);
}

function renameProblem(text: string): ReferenceProblem | undefined {
  const template = parseTemplate(text);
  if ("problem" in template) return template;
  if (!hasPlaceholder(template, "tag") && !hasPlaceholder(template, "digest")) {
    return {
      problem: `"${text}" has neither {tag} nor {digest:8}, so all selected tags would get the same name`,
      hint: 'write a template such as "{tag}-k8s", or name one tag: { from: TAG, to: TAG }',
    };
  }
  return templateProblem(template);
}
