import { formatRepository, type Repository } from "./reference.ts";
import type { Catalog } from "./sync-manifest.ts";

/** Whether a pattern may write to a repository. */
export function isBelowTarget({ entry }: Pick<Catalog, "entry">, repository: Repository): boolean {
  const name = formatRepository(repository);
  return entry.targets.some((target) => {
    const prefix = formatRepository(target.repository);
    return name === prefix || name.startsWith(`${prefix}/`);
  });
}
