import { ImgsyncError } from "../model/error.ts";
import type { PutTag } from "../model/ports.ts";
import { formatReference } from "../model/reference.ts";
import type { RetryingStore } from "./retrying-store.ts";
import { createTagPut } from "./put-tag.ts";

/** Adds a tag to an existing image of a repository: reads its manifest by digest and writes the same bytes by tag. */
export function createPutTag(client: Pick<RetryingStore, "manifests" | "reader" | "retry" | "clock">): PutTag {
  return async (target, digest, { observed, signal }) => {
    const { repository } = target;
    const content = await client.reader.readManifest({ repository, digest }, { signal });
    if (content === undefined) {
      throw new ImgsyncError({
        code: "CONTENT_MISSING",
        side: "target",
        reference: formatReference({ repository, digest }),
        message: `${repository.host} does not have the manifest "${digest}" any more`,
        hint: "plan again",
      });
    }
    await createTagPut(client, { target, content, observed, signal })();
  };
}
