import { isProblem, parseReference, type Reference } from "../../model/reference.ts";
import { nameProblemOf } from "../../products/table.ts";
import type { FileContext } from "./file-context.ts";
import { isLocalImage } from "./local-image.ts";
import type { Path } from "./nodes.ts";

/** A reference at a registry; what is wrong with it is reported. */
export function readReference(text: string, path: Path, { report, universes }: FileContext): Reference | undefined {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(text)?.[0];
  if (scheme !== undefined) {
    report(path, { message: `"${scheme}" does not belong here`, hint: `write ${text.slice(scheme.length)}` });
    return undefined;
  }
  const reference = parseReference(text);
  const wrong = isProblem(reference) ? reference : nameProblemOf(reference.repository, universes);
  if (!isProblem(reference) && wrong === undefined) return reference;
  if (wrong !== undefined) report(path, { message: wrong.problem, hint: wrong.hint });
  return undefined;
}

/** A reference that something may be written to. */
export function readTarget(text: string, path: Path, context: FileContext): Reference | undefined {
  if (isLocalImage(text)) {
    context.report(path, { message: "a target cannot be a local image", hint: "write HOST/REPOSITORY" });
    return undefined;
  }
  const target = readReference(text, path, context);
  if (target?.digest === undefined) return target;
  context.report(path, {
    message: "a target cannot have a digest",
    hint: "the digest of what is copied decides; name the tag that it gets",
  });
  return undefined;
}
