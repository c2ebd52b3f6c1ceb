import { createSingleFlight } from "../../async/single-flight.ts";
import { makePrivateFolder, type PrivateFolder, removeLeftovers } from "./private-folder.ts";

/** Runs `work` with a folder that only this user can read and that is removed when the work ends in any way. */
export type PrivateFolders = <T>(signal: AbortSignal, work: (folder: PrivateFolder) => Promise<T>) => Promise<T>;

/** `parents`: in order of preference. The first call removes what killed runs left there. */
export function createPrivateFolders(parents: readonly string[]): PrivateFolders {
  const removals = createSingleFlight<unknown>({ keepsResults: true });
  return async (signal, work) => {
    await removals("leftovers", signal, () => Promise.all(parents.map(removeLeftovers)));
    const folder = await makePrivateFolder(parents, {});
    try {
      return await work(folder);
    } finally {
      await folder.remove();
    }
  };
}
