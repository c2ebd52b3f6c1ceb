import { backup } from "./backup.ts";
import { engine } from "./engine.ts";
import type { Key, KeyName } from "./key.ts";
import { maxAge } from "./max-age.ts";
import { minAge } from "./min-age.ts";
import { optional } from "./optional.ts";
import { platforms } from "./platforms.ts";
import { prune } from "./prune.ts";
import { referrers } from "./referrers.ts";
import { schedule } from "./schedule.ts";
import { verify } from "./verify.ts";

/** All keys that an entry or `defaults` may set. A key of the schema that is missing here does not compile. */
const BY_NAME: { readonly [N in KeyName]-?: Key<N> } = {
  engine,
  platforms,
  referrers,
  optional,
  prune,
  backup,
  minAge,
  maxAge,
  verify,
  schedule,
};

// each key is only given its own value
export const KEYS = Object.values(BY_NAME) as readonly Key[];
