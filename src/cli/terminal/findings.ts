import { ManifestError, PlanError } from "../../model/findings.ts";
import { renderDiagnostics, renderError } from "../../reporters/diagnostics.ts";
import { type Context, type Look, renderOptionsFor } from "./context.ts";

/** Returns the result of work. If it throws an error with findings, prints them on stderr first. */
export async function printFindings<T>(
  { context, look }: { readonly context: Context; readonly look: Look },
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    const options = renderOptionsFor(context, "stderr", look);
    if (thrown instanceof ManifestError) context.stderr.write(renderDiagnostics(thrown.diagnostics, options));
    if (thrown instanceof PlanError)
      for (const problem of thrown.problems) context.stderr.write(renderError(problem, options));
    throw thrown;
  }
}
