import { digestOf, isDigest } from "../../../src/model/digest.ts";
import { type Answer, errorAnswer } from "../embedded-registry/answer.ts";
import { ACCEPT } from "./tag-list.ts";
import type { Upstream } from "./upstream.ts";

type Write = {
  readonly repository: string;
  readonly reference: string;
  readonly method: string;
  readonly body: Uint8Array;
};

/**
 * Returns the refusal of a write by a repository with immutable tags, or undefined. The text for a moved tag is the real one;
 * its status and the text for a delete are assumed.
 */
export async function refuseChange(write: Write, upstream: Upstream): Promise<Answer | undefined> {
  const { repository, reference, method, body } = write;
  if (isDigest(reference)) return undefined;
  if (method === "DELETE") return refused(`cannot delete tag ${reference}`);
  const there = await upstream.ask({
    method: "HEAD",
    path: `/v2/${repository}/manifests/${reference}`,
    headers: { accept: ACCEPT },
  });
  if (there.status !== 200 || there.headers["docker-content-digest"] === digestOf(body)) return undefined;
  return refused(`cannot update tag ${reference}`);
}

function refused(what: string): Answer {
  return errorAnswer(400, "MANIFEST_INVALID", `${what}. The repository has enabled tag immutability`);
}
