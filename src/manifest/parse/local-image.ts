import { isProblem, parseReference, type ReferenceProblem } from "../../model/reference.ts";

/** An image of the local docker daemon, in docker's syntax. */
export type LocalImage = {
  readonly image: string;
  /** The default tag of a target. */
  readonly tag: string;
  /** `latest` was added because the name has no tag. Image IDs need none. */
  readonly isLatestImplied: boolean;
  readonly isId: boolean;
};

const PREFIX = "docker-daemon:";
const IMAGE_ID = /^(?:sha256:)?[a-f0-9]{12,64}$/;

export function isLocalImage(source: string): boolean {
  return source.startsWith(PREFIX);
}

/** Parses `docker-daemon:NAME[:TAG]` or `docker-daemon:ID`. The result never starts with a dash. Threat T26. */
export function parseLocalImage(source: string): LocalImage | ReferenceProblem {
  const image = source.slice(PREFIX.length);
  if (IMAGE_ID.test(image)) return { image, tag: "latest", isLatestImplied: false, isId: true };
  if (/^sha(?:256|512):/.test(image)) {
    return { problem: `"${image}" is not an image ID`, hint: "an image ID is 12 to 64 lower-case hexadecimal digits" };
  }
  const reference = parseReference(image);
  if (isProblem(reference)) return reference;
  if (reference.digest !== undefined) {
    return { problem: `"${image}" has a digest`, hint: "a local image is named by its tag or by its image ID" };
  }
  const { tag } = reference;
  return tag === undefined
    ? { image: `${image}:latest`, tag: "latest", isLatestImplied: true, isId: false }
    : { image, tag, isLatestImplied: false, isId: false };
}
