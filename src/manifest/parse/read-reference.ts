import { isLayout, layoutFolder } from "../../model/layout-name.ts";
import {
  isProblem,
  parseReference,
  parseRepository,
  type Reference,
  type ReferenceProblem,
} from "../../model/reference.ts";
import { nameProblemOf } from "../../products/table.ts";
import type { FileContext } from "./file-context.ts";
import { isLocalImage } from "./local-image.ts";
import type { Path } from "./nodes.ts";

/** Reads a reference to a registry or an OCI layout, and reports problems. */
export function readReference(
  text: string,
  path: Path,
  { report, universes, pathFromRoot }: FileContext,
): Reference | undefined {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(text)?.[0];
  if (scheme !== undefined) {
    report(path, { message: `"${scheme}" does not belong here`, hint: `write ${text.slice(scheme.length)}` });
    return undefined;
  }
  const reference = fromRoot(parseReference(text), pathFromRoot);
  const wrong = isProblem(reference) ? reference : nameProblemOf(reference.repository, universes);
  if (!isProblem(reference) && wrong === undefined) return reference;
  if (wrong !== undefined) report(path, { message: wrong.problem, hint: wrong.hint });
  return undefined;
}

/** Folders are relative to the file that contains them. */
function fromRoot(
  reference: Reference | ReferenceProblem,
  pathFromRoot: FileContext["pathFromRoot"],
): Reference | ReferenceProblem {
  if (isProblem(reference) || !isLayout(reference.repository)) return reference;
  const repository = parseRepository(`oci:${pathFromRoot(layoutFolder(reference.repository))}`);
  return isProblem(repository) ? repository : { ...reference, repository };
}

/** Reads a reference that can be written to. */
export function readTarget(text: string, path: Path, context: FileContext): Reference | undefined {
  if (isLocalImage(text)) {
    context.report(path, { message: "a target cannot be a local image", hint: "write HOST/REPOSITORY" });
    return undefined;
  }
  const target = readReference(text, path, context);
  if (target?.digest === undefined) return target;
  context.report(path, {
    message: "a target cannot have a digest",
    hint: "the copied image determines the digest; name the tag to write",
  });
  return undefined;
}
