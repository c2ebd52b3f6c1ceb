import { pullPlan, type RemotePlan } from "../../app/remote-plan.ts";
import { withSession } from "../../app/session/session.ts";
import type { SavedPlan } from "../../app/saved-plan.ts";
import { readPlan } from "../../load/read-plan.ts";
import { ImgsyncError } from "../../model/error.ts";
import type { Reference, TagReference } from "../../model/reference.ts";
import { parseRemote } from "../../model/remote-document.ts";
import { printFindings } from "../terminal/findings.ts";
import { warnOfHosts } from "../terminal/warn.ts";
import type { CommandSetup } from "./setup.ts";

/** Where `--out` saves a plan: files, and tags in registries. */
export type Outputs = { readonly files: readonly string[]; readonly tags: readonly TagReference[] };

/** @throws ImgsyncError USAGE if the name of a tag is not valid */
export function readOutputs(names: readonly string[]): Outputs {
  const remote = names.map((name) => ({ name, reference: parseRemote(name) }));
  return {
    files: remote.filter(({ reference }) => reference === undefined).map(({ name }) => name),
    tags: remote.flatMap(({ name, reference }) => (reference === undefined ? [] : [tagOf(name, reference)])),
  };
}

function tagOf(name: string, { repository, tag, digest }: Reference): TagReference {
  if (tag !== undefined && digest === undefined) return { repository, tag };
  throw new ImgsyncError({
    code: "USAGE",
    message: `--out "${name}": a plan is saved under a tag, and its digest is known afterwards`,
    hint: "write oci://HOST/REPOSITORY:TAG",
  });
}

/** A saved plan in a file, which is read at once, or in a registry, which needs the settings of the manifest. */
export type PlanPlace = { readonly saved?: SavedPlan; readonly remote?: Reference };

/** @throws ImgsyncError PLAN_INVALID, and USAGE if the name in a registry is not valid */
export async function readPlace(name: string | undefined): Promise<PlanPlace> {
  if (name === undefined) return {};
  const remote = parseRemote(name);
  return remote === undefined ? { saved: { plan: await readPlan(name), name } } : { remote };
}

/** @throws ImgsyncError PLAN_INVALID, or the reason why the registry cannot be read */
export function readRemotePlan(setup: CommandSetup, reference: Reference): Promise<RemotePlan> {
  const { signal } = setup.world;
  return printFindings(
    setup,
    withSession(setup, warnOfHosts(setup), ({ registries }) => pullPlan(registries.client, reference, { signal })),
  );
}
