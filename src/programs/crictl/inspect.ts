import { asObject, parseObject, textsIn } from "../../model/json.ts";
import { ImgsyncError } from "../../model/error.ts";

/**
 * Returns all names (`NAME:TAG` and `NAME@DIGEST`) of an image in the output of `crictl inspecti -o json`. The `id` is the digest of the
 * config and does not identify the manifest.
 * @throws ImgsyncError UNSUPPORTED if the output cannot be parsed
 */
export function parseInspecti(text: string): readonly string[] {
  const status = asObject(parseObject(text)?.get("status"));
  const tags = status?.get("repoTags");
  const digests = status?.get("repoDigests");
  if (status === undefined || !status.has("id")) {
    throw new ImgsyncError({
      code: "UNSUPPORTED",
      message: "crictl inspecti printed something that is not a description of an image",
      hint: "run it by hand; crictl --version shows whether it is the right program",
    });
  }
  return [...textsIn(tags), ...textsIn(digests)];
}
