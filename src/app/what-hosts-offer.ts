import type { PlanOptions } from "../planner/facts/plan-options.ts";
import { listsDigests } from "../products/table.ts";
import type { Session } from "./session/session.ts";

/** What the planner may ask a host beyond the distribution protocol. */
export function whatHostsOffer({
  registries: { hosts },
  settings,
}: Pick<Session, "registries" | "settings">): Pick<Required<PlanOptions>, "listsDigests" | "hasProductApi"> {
  return {
    listsDigests: (host) => listsDigests(host, settings.universes),
    hasProductApi: (host) => hosts?.productOf(host) !== undefined,
  };
}
