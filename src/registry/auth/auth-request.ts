import type { HostSettings } from "../../model/host-settings.ts";
import type { Use } from "../../model/lifetime.ts";
import type { Repository } from "../../model/reference.ts";

/** A request that needs an Authorization header. */
export type AuthRequest = {
  readonly registry: HostSettings;
  readonly repository: Repository;
  /** Such as `repository:PATH:pull`, in any order. */
  readonly scopes: readonly string[];
  readonly signal: AbortSignal;
} & Use;
