import type { SavedPlan } from "../../app/saved-plan.ts";
import { formatShard, type ShardNumber } from "../../model/shard.ts";
import { ImgsyncError } from "../../model/error.ts";
import { plural } from "../../reporters/words/format.ts";
import { escapeFor } from "../../reporters/words/options.ts";
import { renderOptionsFor } from "../terminal/context.ts";
import type { Live } from "../terminal/live.ts";
import type { CommandSetup } from "./setup.ts";

/**
 * Reads the manifest for a saved plan.
 * @throws ImgsyncError MANIFEST_UNREADABLE, with a hint that names the manifest that the plan was made from
 */
export async function readManifestOf<T>(saved: SavedPlan | undefined, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    const made = saved?.plan.manifest;
    if (made === undefined || !(thrown instanceof ImgsyncError) || thrown.code !== "MANIFEST_UNREADABLE") throw thrown;
    const hint = `the plan was made from "${made}": name that manifest with --file FILE`;
    throw new ImgsyncError({ ...thrown.details, hint }, { cause: thrown });
  }
}

/** Shows which manifest a saved plan was made from. */
export function showSavedPlan(
  { plan, name }: SavedPlan,
  { context, look }: CommandSetup,
  { shard, live, isQuiet }: { readonly shard: ShardNumber | undefined; readonly live: Live; readonly isQuiet: boolean },
): void {
  const escape = escapeFor(renderOptionsFor(context, "stderr", look));
  const made = plan.manifest === undefined ? "" : `, made from ${escape(plan.manifest)}`;
  const part = shard === undefined ? "" : `; applying shard ${formatShard(shard)}`;
  const text = `${escape(name)}: ${plural(plan.changes.length, "tag")}${made}${part}`;
  if (live.display !== undefined) live.ended(`read ${text}`);
  else if (!isQuiet) context.stderr.write(`read ${text}\n`);
}
