import { formatRepository } from "../../model/reference.ts";
import type { Entry } from "../../model/sync-manifest.ts";
import type { ReadEntry } from "./claim.ts";
import type { FileContext } from "./file-context.ts";
import type { Path } from "./nodes.ts";

/** Passes the repository of the signatures to `verify`: a signature that is required must be where signatures are. */
export function placeSignatures(read: ReadEntry, path: Path, { report }: FileContext): ReadEntry {
  let isOtherHost = false;
  const place = (entry: Entry): Entry => {
    const { verify, source, referrersAt: { source: repository } = {} } = entry;
    if (verify === undefined || repository === undefined || source.kind !== "registry") return entry;
    if (repository.host === source.repository.host) return { ...entry, verify: { ...verify, repository } };
    if (!isOtherHost)
      report([...path, "source"], {
        message: `\`verify\` cannot check signatures in "${formatRepository(repository)}", which is at another host than the image`,
        hint: "use verify: false, or signatures at the same host",
      });
    isOtherHost = true;
    return entry;
  };
  return {
    ...read,
    entries: read.entries.map(place),
    ...(read.catalogs && { catalogs: read.catalogs.map((one) => ({ ...one, entry: place(one.entry) })) }),
  };
}
