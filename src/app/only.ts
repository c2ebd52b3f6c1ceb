import { ImgsyncError } from "../model/error.ts";
import { globProblem } from "../selectors/glob.ts";

/** @throws ImgsyncError USAGE if a pattern of `--only` is not a valid glob */
export function checkOnly(only: readonly string[] | undefined): void {
  for (const pattern of only ?? []) {
    const problem = globProblem(pattern);
    if (problem !== undefined) throw new ImgsyncError({ code: "USAGE", message: `--only "${pattern}": ${problem}` });
  }
}

/** The error for an `--only` that matches nothing in the manifest. */
export function nothingLeft(only: readonly string[]): ImgsyncError {
  return new ImgsyncError({
    code: "USAGE",
    message: `--only ${only.map((pattern) => `"${pattern}"`).join(" ")} matches no target of the manifest`,
    hint: 'it is a glob over HOST/REPOSITORY:TAG of targets, such as "registry.example.com/team/**"',
  });
}
