import type { Change, Plan } from "../model/plan.ts";
import { encodeChange } from "../documents/change-document.ts";
import { createPlanDigester, type PlanDigester } from "../documents/plan-checksum.ts";
import { encodeAroundChanges } from "../documents/plan-document.ts";
import { elementOf, jsonPieces } from "../text/json-pieces.ts";
import { forJson } from "../text/sanitize.ts";

/** Renders the plan as a JSON document, which `--out` saves and `apply PLAN` reads. */
export function renderJsonPlan(plan: Plan): string {
  return [...jsonPlanPieces(plan)].join("");
}

/** The same in pieces, none of which is larger than a change or everything but the changes. */
export function* jsonPlanPieces(plan: Plan): Generator<string> {
  const { start, end } = encodeAroundChanges(plan);
  // the checksum covers the written text: sanitising may have changed the encoded one
  const digester = createPlanDigester(written({ ...start, ...end }));
  const document = {
    start,
    name: "changes",
    elements: changePieces(plan.changes, digester),
    end: () => ({ ...written(end), checksum: digester.digest() }),
  };
  yield* jsonPieces(document, "lines");
  yield "\n";
}

function* changePieces(changes: readonly Change[], digester: PlanDigester): Generator<string> {
  for (const change of changes) {
    const text = elementOf(encodeChange(change), "lines");
    digester.update(JSON.parse(text));
    yield text;
  }
}

function written(value: object): object {
  return JSON.parse(forJson(value)) as object;
}
