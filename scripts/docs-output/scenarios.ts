import type { Scenario } from "./scenario.ts";
import { artifactRegistry } from "./scenarios/artifact-registry.ts";
import { auth } from "./scenarios/auth.ts";
import { configuration } from "./scenarios/configuration.ts";
import { doctor } from "./scenarios/doctor.ts";
import { immutability } from "./scenarios/immutability.ts";
import { list } from "./scenarios/list.ts";
import { lock } from "./scenarios/lock.ts";
import { manifest } from "./scenarios/manifest.ts";
import { migrating } from "./scenarios/migrating.ts";
import { migratingMirror } from "./scenarios/migrating-mirror.ts";
import { minAge } from "./scenarios/min-age.ts";
import { manyMachines } from "./scenarios/many-machines.ts";
import { prune } from "./scenarios/prune.ts";
import { pull } from "./scenarios/pull.ts";
import { pullRequests } from "./scenarios/pull-requests.ts";
import { readme } from "./scenarios/readme.ts";
import { schedule } from "./scenarios/schedule.ts";
import { selection } from "./scenarios/selection.ts";
import { signatures } from "./scenarios/signatures.ts";

export const SCENARIOS: readonly Scenario[] = [
  readme,
  manifest,
  minAge,
  prune,
  manyMachines,
  selection,
  lock,
  schedule,
  pullRequests,
  list,
  immutability,
  doctor,
  auth,
  artifactRegistry,
  signatures,
  pull,
  configuration,
  migrating,
  migratingMirror,
];
