import type { Digest } from "../../model/digest.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import type { Facts } from "../facts/facts.ts";
import type { Owner } from "../facts/owned-tags.ts";

/**
 * A note for a tag that is to be deleted and whose image none of its sources has. No registry says who pushed a tag, but an image that
 * the source never had was pushed by another client, or by another manifest with the same target. One HEAD by digest for each
 * source; what could not be found out says nothing.
 */
export function noteForeignImage(digest: Digest, owners: readonly Owner[], facts: Facts): readonly string[] {
  // of these the digest at the target is another than at the source
  if (owners.some(({ entry }) => entry.engine === "docker" || entry.platforms !== "all")) return [];
  const sources = owners.flatMap(({ entry: { source } }) => (source.kind === "registry" ? [source.repository] : []));
  const places = new Map(sources.map((repository) => [formatRepository(repository), repository]));
  // all ask in one round
  const answers = [...places.values()].map((repository) => hasImage(repository, digest, facts));
  if (answers.length === 0 || answers.some((isThere) => isThere !== false)) return [];
  const names = [...places.keys()].join(" and ");
  return [
    `${names} ${answers.length === 1 ? "does" : "do"} not have this image: it was removed there, or another client pushed it`,
  ];
}

/** Undefined: not known. */
function hasImage(repository: Repository, digest: Digest, facts: Facts): boolean | undefined {
  const answer = facts.resolve({ repository, digest }, "source");
  return answer === undefined || answer.kind === "failed" ? undefined : answer.kind === "found";
}
