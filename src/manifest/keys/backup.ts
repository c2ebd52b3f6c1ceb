import type { ReferenceProblem } from "../../model/reference.ts";
import {
  hasPlaceholder,
  isTemplate,
  parseTemplate,
  type TagTemplate,
  templateProblem,
} from "../../selectors/tag-template.ts";
import type { Key } from "./key.ts";
import { TEXT } from "./text.ts";

/** The template for backup tags. Default: no backups. */
export const backup: Key<"backup"> = {
  name: "backup",
  text: TEXT,
  read: (written, { report }) => {
    if (written === undefined) return {};
    const template = parseTemplate(written);
    const problem = "problem" in template ? template : problemOf(written, template);
    if (problem === undefined) return { backup: written };
    report({ message: problem.problem, hint: problem.hint });
    return {};
  },
};

function problemOf(text: string, template: TagTemplate): ReferenceProblem | undefined {
  const hint = "write {tag}-before-{digest:8}";
  if (hasPlaceholder(template, "date"))
    return { problem: `"${text}" has {date}, which is not available in a backup`, hint };
  if (!isTemplate(text)) return { problem: `"${text}" would be the same tag for every backup`, hint };
  if (text === "{tag}") return { problem: `"${text}" is the tag itself, which is about to move`, hint };
  return templateProblem(template);
}
