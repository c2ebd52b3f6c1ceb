import { createDeleteEngine } from "../../copy/delete-tag.ts";
import { createRegistryEngine } from "../../copy/engine.ts";
import type { Change } from "../../model/plan.ts";
import type { Engine } from "../../model/ports.ts";
import { needsDocker } from "../../planner/facts/docker-engine.ts";
import { smallConcurrencyOf } from "../../settings/settings.ts";
import type { Session } from "./session.ts";

/** Chooses the engine for a change. Nothing is started before the first change needs it. */
export function openEngines(
  { registries, docker, settings }: Pick<Session, "registries" | "docker" | "settings">,
  { keepLocal }: { readonly keepLocal: boolean },
): (change: Change) => Engine {
  const engine = createRegistryEngine({
    client: registries.client,
    transfers: settings.concurrency,
    smallTransfers: smallConcurrencyOf(settings),
  });
  const dockerEngine = docker.openEngine({ keepLocal });
  const deleting = createDeleteEngine(registries.client);
  // the docker program cannot delete a tag from a registry
  return (change) => (change.action === "delete" ? deleting : needsDocker(change) ? dockerEngine : engine);
}
