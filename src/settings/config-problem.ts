import { ImgsyncError } from "../model/error.ts";
import { defined } from "../model/defined.ts";

/** A finding in the user's settings, from any source. */
export type ConfigProblem = {
  /** `imgsync.config.yaml:3:5`, `IMGSYNC_COLOR` or `--color`. */
  readonly place: string;
  readonly message: string;
  readonly hint?: string;
};

/** All problems of the settings in one error. Its message has a line for each. */
export class ConfigError extends ImgsyncError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const [only] = problems;
    const hint = problems.length === 1 ? only?.hint : undefined;
    super({
      code: "CONFIG_INVALID",
      message: problems.map((problem) => describe(problem, problems.length > 1)).join("\n"),
      ...defined({ hint }),
    });
    this.problems = problems;
  }
}

function describe({ place, message, hint }: ConfigProblem, withHint: boolean): string {
  return `${place}: ${message}${withHint && hint !== undefined ? ` (${hint})` : ""}`;
}
