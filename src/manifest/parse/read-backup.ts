import type { ReferenceProblem } from "../../model/reference.ts";
import {
  hasPlaceholder,
  isTemplate,
  parseTemplate,
  type TagTemplate,
  templateProblem,
} from "../../selectors/tag-template.ts";
import type { FileContext } from "./file-context.ts";
import type { Path } from "./nodes.ts";

/** The template of backups; what is wrong with it is reported. */
export function readBackup(text: string | undefined, path: Path, { report }: FileContext): string | undefined {
  if (text === undefined) return undefined;
  const template = parseTemplate(text);
  const problem = "problem" in template ? template : problemOf(text, template);
  if (problem === undefined) return text;
  report(path, { message: problem.problem, hint: problem.hint });
  return undefined;
}

function problemOf(text: string, template: TagTemplate): ReferenceProblem | undefined {
  const hint = "write {tag}-before-{digest:8}";
  if (hasPlaceholder(template, "date")) return { problem: `"${text}" has {date}, which a backup has not`, hint };
  if (!isTemplate(text)) return { problem: `"${text}" would be the same tag for every backup`, hint };
  if (text === "{tag}") return { problem: `"${text}" is the tag itself, which is about to move`, hint };
  return templateProblem(template);
}
