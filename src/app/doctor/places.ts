import { ImgsyncError } from "../../model/error.ts";
import { isLayout } from "../../model/layout-name.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import type { Entry } from "../../model/sync-manifest.ts";
import { readPlace } from "../read-place.ts";
import type { Place } from "./repository.ts";

/** The tag to look for if none is known. */
const ANY_TAG = "latest";
const PROBE = "imgsync/doctor";

/**
 * Returns every repository of the manifest once, as a target if it is both source and target. A named host without a repository in the
 * manifest is returned with a probe repository.
 */
export function placesOf(entries: readonly Entry[], named: readonly string[]): readonly Place[] {
  const places = new Map<string, Place>();
  for (const { source, tags } of entries) {
    const tag =
      tags.flatMap((mapping) => (mapping.kind === "literal" ? [mapping.from.tag ?? ANY_TAG] : [])).at(0) ?? ANY_TAG;
    if (source.kind === "registry") add(places, source.repository, "read", tag);
  }
  for (const { targets, tags } of entries) {
    const tag = tags.flatMap((mapping) => (mapping.kind === "literal" ? mapping.to : [])).at(0) ?? ANY_TAG;
    for (const { repository } of targets) add(places, repository, "write", tag);
  }
  const all = [...places.values()];
  if (named.length === 0) return all;
  return named.flatMap((text): readonly Place[] => {
    const asked = readPlace(text);
    if (isLayout(asked))
      throw new ImgsyncError({ code: "USAGE", message: `"${text}" is a folder, but doctor checks registries` });
    const found = all.filter(
      ({ repository }) => repository.host === asked.host && (asked.path === "" || repository.path === asked.path),
    );
    if (found.length > 0) return found;
    const isHostOnly = asked.path === "";
    const repository = isHostOnly ? { ...asked, path: PROBE } : asked;
    return [{ repository, access: "write", tag: ANY_TAG, isHostOnly }];
  });
}

/** Layout folders are left out: they have no connection or credentials to check. */
function add(places: Map<string, Place>, repository: Repository, access: Place["access"], tag: string): void {
  if (isLayout(repository)) return;
  places.set(formatRepository(repository), { repository, access, tag, isHostOnly: false });
}
