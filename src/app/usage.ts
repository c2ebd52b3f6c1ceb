import { ImgsyncError } from "../model/error.ts";
import type { ReferenceProblem } from "../model/reference.ts";
import { defined } from "../model/defined.ts";

/** The error for an argument that is not a valid reference. */
export function usageError({ problem, hint }: ReferenceProblem): ImgsyncError {
  return new ImgsyncError({ code: "USAGE", message: problem, ...defined({ hint }) });
}
