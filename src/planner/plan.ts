import type { Plan } from "../model/plan.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { SyncManifest } from "../model/sync-manifest.ts";
import { evaluate } from "./evaluate.ts";
import type { PlanOptions } from "./facts/plan-options.ts";
import { createFacts } from "./facts/facts.ts";
import { divide } from "./shards/shards.ts";
import { defined } from "../model/defined.ts";

/**
 * Compares the manifest with the answers of the registries. Changes are in the order of the manifest. The snapshot must answer all of
 * `nextQuestions`.
 */
export function makePlan(manifest: SyncManifest, snapshot: Snapshot, options: PlanOptions = {}): Plan {
  const facts = createFacts(snapshot);
  const { changes, failures } = evaluate(manifest, facts, options);
  const open = facts.questions();
  if (open.length > 0) throw new Error(`the snapshot leaves ${open.length} questions open`);
  const known = changes.filter((change) => change !== undefined);
  const plan: Plan = {
    manifestHash: manifest.hash,
    changes: known,
    ...defined({ manifest: manifest.name, failures: failures.length === 0 ? undefined : failures }),
  };
  return options.shards === undefined ? plan : { ...plan, shards: divide(plan, options.shards, facts) };
}
