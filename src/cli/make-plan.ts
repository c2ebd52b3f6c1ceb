import { takeSnapshot } from "../executor/snapshot.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Plan } from "../model/plan.ts";
import { globProblem } from "../planner/glob.ts";
import { makePlan } from "../planner/plan.ts";
import { nextQuestions } from "../planner/questions.ts";
import type { Session } from "./session.ts";
import { openStatusLine } from "./status-line.ts";

export type PlanRequest = {
  readonly only: readonly string[] | undefined;
  /** Also read manifests from Docker Hub to know sizes. */
  readonly sizes: boolean;
};

/**
 * Reads what the manifest needs to know and compares.
 * @throws ImgsyncError USAGE where `--only` is no glob or leaves nothing of the manifest
 */
export async function planNow(session: Session, { only, sizes }: PlanRequest): Promise<Plan> {
  const { context, manifest, registries, docker } = session;
  for (const pattern of only ?? []) {
    const problem = globProblem(pattern);
    if (problem !== undefined) throw new ImgsyncError({ code: "USAGE", message: `--only "${pattern}": ${problem}` });
  }
  const { hosts } = registries;
  const tellsMore = (host: string): boolean => hosts?.productOf(host) !== undefined;
  const options = { sizes, tellsMore, ...(only === undefined ? {} : { only }) };
  const status = openStatusLine(context.stderr);
  try {
    const snapshot = await takeSnapshot({
      ask: (known) => nextQuestions(manifest, known, options),
      reader: registries.client.reader,
      localImages: docker.images,
      ...(hosts === undefined ? {} : { hosts }),
      signal: context.interruption.signal,
      onAnswer: ({ answered, asked }) => status.show(`reading registries: ${answered} of ${asked}`),
    });
    const plan = makePlan(manifest, snapshot, options);
    if (only !== undefined && plan.changes.length === 0 && (plan.failures ?? []).length === 0) throw nothingLeft(only);
    return plan;
  } finally {
    status.clear();
  }
}

function nothingLeft(only: readonly string[]): ImgsyncError {
  return new ImgsyncError({
    code: "USAGE",
    message: `--only ${only.map((pattern) => `"${pattern}"`).join(" ")} matches no target of the manifest`,
    hint: 'it is a glob over HOST/REPOSITORY:TAG of targets, such as "registry.example.com/team/**"',
  });
}
