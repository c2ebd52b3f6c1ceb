import type { ReferenceProblem } from "../../model/reference.ts";
import {
  fillTemplate,
  hasPlaceholder,
  isTemplate,
  parseTemplate,
  templateProblem,
} from "../../selectors/tag-template.ts";
import type { FileContext } from "./file-context.ts";
import type { ListedText } from "./list-of.ts";

export type ReadTemplates = {
  /** Templates with {tag} alone, filled in to plain tags. */
  readonly plain: readonly ListedText[];
  /** The other templates, with {tag} filled in. */
  readonly templates: readonly string[];
};

/** Reads the templates among the target tags of a source tag. Returns undefined and reports if one is not valid. */
export function readTemplates(
  named: readonly ListedText[],
  { tag }: { readonly tag?: string },
  { report }: FileContext,
): ReadTemplates | undefined {
  const written = named.filter(({ text }) => isTemplate(text));
  const filled = written.map(({ text, path }) => ({ filled: fillTag(text, tag), path }));
  const fit = filled.flatMap(({ filled, path }) => {
    if (typeof filled === "string") return [{ text: filled, path }];
    report(path, { message: filled.problem, hint: filled.hint });
    return [];
  });
  if (fit.length < written.length) return undefined;
  return {
    plain: fit.filter(({ text }) => !isTemplate(text)),
    templates: fit.filter(({ text }) => isTemplate(text)).map(({ text }) => text),
  };
}

function fillTag(text: string, tag: string | undefined): string | ReferenceProblem {
  const template = parseTemplate(text);
  if ("problem" in template) return template;
  if (tag === undefined && hasPlaceholder(template, "tag"))
    return { problem: `"${text}" has {tag}, and the source has only a digest`, hint: "write the tag itself" };
  const known = template.map((part) =>
    part.kind === "tag" ? ({ kind: "text", text: fillTemplate([part], { tag: tag ?? "" }) } as const) : part,
  );
  return templateProblem(known) ?? text.replaceAll("{tag}", tag ?? "");
}
