import { type Digest, digestOf } from "../../src/model/digest.ts";
import type { Change } from "../../src/model/plan.ts";
import { isProblem, parseReference, type Reference } from "../../src/model/reference.ts";
import { createStyle } from "../../src/reporters/words/style.ts";

export const MIRROR = "u-france-east1-docker.s3nsregistry.fr/my-project/my-repo";
export const STYLE = createStyle(false);
export const MIB = 1024 * 1024;

/** A change that creates `MIRROR/NAME:TAG` from Docker Hub. */
export function copy(name: string, tag: string, rest: Partial<Change> = {}): Change {
  const wanted: Digest = digestOf(`${name}:${tag}`);
  return {
    action: "create",
    source: { kind: "registry", reference: reference(`docker.io/library/${name}:${tag}`) },
    target: { repository: reference(`${MIRROR}/${name}`).repository, tag },
    positions: [{ file: "images.yaml", line: 14, column: 9 }],
    engine: "registry",
    platforms: "all",
    referrers: true,
    sourceDigest: wanted,
    wanted,
    observed: null,
    bytes: 24 * MIB,
    notes: [],
    ...rest,
  };
}

export function reference(text: string): Reference {
  const parsed = parseReference(text);
  if (isProblem(parsed)) throw new Error(parsed.problem);
  return parsed;
}
