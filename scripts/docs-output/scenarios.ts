import type { Scenario } from "./scenario.ts";
import { doctor } from "./scenarios/doctor.ts";
import { immutability } from "./scenarios/immutability.ts";
import { list } from "./scenarios/list.ts";
import { lock } from "./scenarios/lock.ts";
import { manifest } from "./scenarios/manifest.ts";
import { minAge } from "./scenarios/min-age.ts";
import { prune } from "./scenarios/prune.ts";
import { pullRequests } from "./scenarios/pull-requests.ts";
import { readme } from "./scenarios/readme.ts";
import { schedule } from "./scenarios/schedule.ts";
import { selection } from "./scenarios/selection.ts";

export const SCENARIOS: readonly Scenario[] = [
  readme,
  manifest,
  minAge,
  prune,
  selection,
  lock,
  schedule,
  pullRequests,
  list,
  immutability,
  doctor,
];
