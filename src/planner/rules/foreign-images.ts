import type { Digest } from "../../model/digest.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import type { Facts } from "../facts/facts.ts";
import type { Owner } from "../facts/owned-tags.ts";

/**
 * Notes that none of the sources has the image of a tag to delete. Registries do not report who pushed a tag, but an image that the source
 * never had was pushed by another client, or by another manifest with the same target. Costs one HEAD by digest per source; unknown answers
 * add no note.
 */
export function noteForeignImage(digest: Digest, owners: readonly Owner[], facts: Facts): readonly string[] {
  // for these entries the digests at target and source differ
  if (owners.some(({ entry }) => entry.engine === "docker" || entry.platforms !== "all")) return [];
  const sources = owners.flatMap(({ entry: { source } }) => (source.kind === "registry" ? [source.repository] : []));
  const places = new Map(sources.map((repository) => [formatRepository(repository), repository]));
  // ask all in one round
  const answers = [...places.values()].map((repository) => hasImage(repository, digest, facts));
  if (answers.length === 0 || answers.some((isThere) => isThere !== false)) return [];
  const names = [...places.keys()].join(" and ");
  return [
    `${names} ${answers.length === 1 ? "does" : "do"} not have this image: it was removed there, or another client pushed it`,
  ];
}

/** Undefined: unknown. */
function hasImage(repository: Repository, digest: Digest, facts: Facts): boolean | undefined {
  const answer = facts.resolve({ repository, digest }, "source");
  return answer === undefined || answer.kind === "failed" ? undefined : answer.kind === "found";
}
