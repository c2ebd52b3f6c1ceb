import { ImgsyncError } from "../../model/error.ts";
import { isLayout } from "../../model/layout-name.ts";
import { formatRepository, isProblem, parseHost, parseReference, type Repository } from "../../model/reference.ts";
import type { Entry } from "../../model/sync-manifest.ts";
import { usageError } from "../usage.ts";
import type { Place } from "./repository.ts";

/** What is looked for where no tag is known. */
const ANY_TAG = "latest";
const PROBE = "imgsync/doctor";

/** Every repository of the manifest once, as target where it is both; the hosts alone that were named and are in none. */
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
    const found = all.filter(
      ({ repository }) => repository.host === asked.host && (asked.path === "" || repository.path === asked.path),
    );
    if (found.length > 0) return found;
    const isHostOnly = asked.path === "";
    const repository = isHostOnly ? { ...asked, path: PROBE } : asked;
    return [{ repository, access: "write", tag: ANY_TAG, isHostOnly }];
  });
}

/** A folder needs no name, connection or credential that could be checked. */
function add(places: Map<string, Place>, repository: Repository, access: Place["access"], tag: string): void {
  if (isLayout(repository)) return;
  places.set(formatRepository(repository), { repository, access, tag, isHostOnly: false });
}

function readPlace(text: string): Repository {
  const host = text.includes("/") ? undefined : parseHost(text);
  if (typeof host === "string") return { host, path: "" };
  const reference = host ?? parseReference(text);
  if (!isProblem(reference) && isLayout(reference.repository))
    throw new ImgsyncError({ code: "USAGE", message: `"${text}" is a folder, but doctor checks registries` });
  if (!isProblem(reference)) return reference.repository;
  throw usageError({ hint: "write HOST, HOST:PORT or HOST/REPOSITORY", ...reference });
}
