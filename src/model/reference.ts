import { type Digest, isDigest, parseDigest } from "./digest.ts";
import { hasLayoutScheme, parseLayoutName } from "./layout-name.ts";
import { defined } from "./defined.ts";

/**
 * A repository on a registry. `host` is normalised: `docker.io` for Docker Hub (never `index.docker.io`), lower case, with the port if one
 * was written. `path` has no leading slash: `library/nginx`.
 * An OCI layout is one repository: `host` is `oci:FOLDER`, which cannot be the host of a registry, and `path` is empty.
 */
export type Repository = { readonly host: string; readonly path: string };

/** A repository with a tag, a digest, or both. With both, the digest decides and the tag is verified. */
export type Reference = {
  readonly repository: Repository;
  readonly tag?: string;
  readonly digest?: Digest;
};

/** `tag` is the image's digest if the image is kept without a tag. No tag looks like one, because tags have no colon. */
export type TagReference = { readonly repository: Repository; readonly tag: string };
export type DigestReference = { readonly repository: Repository; readonly digest: Digest };

/** Why a text is not a valid reference: lower case, the bad part in quotes. */
export type ReferenceProblem = { readonly problem: string; readonly hint?: string };

/** The default host of references without one, as in Docker. */
export const DEFAULT_HOST = "docker.io";
const MAX_NAME_LENGTH = 255;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const PATH_PART = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const HOST_PART = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;
const PORT = /^[1-9][0-9]{0,4}$/;
const IPV6 = /^\[[a-fA-F0-9:]+\]$/;
const BARE_IMAGE_ID = /^[a-f0-9]{64}$/;
const DIGEST_TAG = /^sha(?:256|512)-[a-f0-9]{64}(?:\.(?:sig|att|sbom))?$/;

/**
 * Parses `host/path:tag@digest` and normalises it as Docker does: the default host is docker.io, where a single path part gets `library/`.
 * `latest` is not implied here, because this depends on the caller.
 * Grammar: registries.md section 2 (distribution/reference).
 */
export function parseReference(text: string): Reference | ReferenceProblem {
  const at = text.indexOf("@");
  const named = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : parseDigest(text.slice(at + 1));
  if (at >= 0 && digest === undefined) {
    return {
      problem: `"${text.slice(at + 1)}" is not a digest`,
      hint: "a digest is sha256: and 64, or sha512: and 128 lower-case hexadecimal digits",
    };
  }
  const start = hasLayoutScheme(named) ? named.indexOf(":") + 1 : named.lastIndexOf("/") + 1;
  const colon = named.indexOf(":", start);
  const hasTag = colon >= 0 && !named.startsWith("[", start);
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) return tagProblem(tag);
  const repository = parseRepository(hasTag ? named.slice(0, colon) : named);
  if (isProblem(repository)) return repository;
  return {
    repository,
    ...defined({ tag, digest }),
  };
}

/** Parses `host/path` without tag or digest, normalised as in {@link parseReference}. */
export function parseRepository(name: string): Repository | ReferenceProblem {
  if (name === "") return { problem: "the name is empty" };
  if (hasLayoutScheme(name)) {
    const host = parseLayoutName(name);
    return typeof host === "string" ? { host, path: "" } : host;
  }
  if (name.length > MAX_NAME_LENGTH) {
    return { problem: `the name has ${name.length} characters, more than ${MAX_NAME_LENGTH}` };
  }
  if (BARE_IMAGE_ID.test(name)) {
    return {
      problem: `"${name}" is an image ID, not a name`,
      hint: "a local image is written docker-daemon:ID",
    };
  }
  const slash = name.indexOf("/");
  const first = slash < 0 ? "" : name.slice(0, slash);
  const hasHost = first !== "" && isHostLike(first);
  const host = hasHost ? normaliseHost(first) : DEFAULT_HOST;
  const problem = hasHost ? (hostProblem(first) ?? bareHostProblem(first)) : undefined;
  if (problem !== undefined) return problem;
  const path = hasHost ? name.slice(slash + 1) : name;
  const bad = path.split("/").find((part) => !PATH_PART.test(part));
  if (bad !== undefined) return pathProblem(bad, name);
  const isOfficial = host === DEFAULT_HOST && !path.includes("/");
  const full = isOfficial ? `library/${path}` : path;
  if (host.length + 1 + full.length > MAX_NAME_LENGTH) {
    return { problem: `the name with its host has more than ${MAX_NAME_LENGTH} characters` };
  }
  return { host, path: full };
}

export function isProblem(value: object | string): value is ReferenceProblem {
  return typeof value === "object" && "problem" in value;
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Returns why a text is not a valid tag. */
export function tagProblem(text: string): ReferenceProblem {
  if (text === "") return { problem: "the tag is empty" };
  return {
    problem: `"${text}" is not a tag`,
    hint: "a tag has at most 128 letters, digits, _ . and -, and does not start with . or -",
  };
}

/**
 * Whether a tag is made of a digest: the referrers fallback of OCI 1.1 (`sha256-<hex>`) and cosign's `.sig`, `.att`, `.sbom`, or the digest
 * of an image without a tag. Selectors never match such tags and immutable rules never cover them.
 */
export function isDigestTag(tag: string): boolean {
  return DIGEST_TAG.test(tag) || isDigest(tag);
}

/** `:TAG`, or `@DIGEST` for an image without a tag. */
export function formatTag(tag: string): string {
  return isDigest(tag) ? `@${tag}` : `:${tag}`;
}

/** The form in which hosts are compared and looked up: lower case, with Docker Hub's other names replaced by `docker.io`. */
export function normaliseHost(host: string): string {
  const lower = host.toLowerCase();
  return lower === "index.docker.io" || lower === "registry-1.docker.io" ? DEFAULT_HOST : lower;
}

/** Parses `host[:port]`, the form of keys in `registries:`. */
export function parseHost(text: string): string | ReferenceProblem {
  return hostProblem(text) ?? normaliseHost(text);
}

/**
 * Parses `host[:port]` or `host[:port]/path`: a whole registry, or the part of it below a path. The path is empty for a whole registry, and
 * never gets `library/`.
 */
export function parsePrefix(text: string): Repository | ReferenceProblem {
  const slash = text.indexOf("/");
  const host = parseHost(slash < 0 ? text : text.slice(0, slash));
  if (isProblem(host)) return host;
  const path = slash < 0 ? "" : text.slice(slash + 1);
  const bad = slash < 0 ? undefined : path.split("/").find((part) => !PATH_PART.test(part));
  if (bad !== undefined) return pathProblem(bad, text);
  if (text.length > MAX_NAME_LENGTH) return { problem: `"${text}" has more than ${MAX_NAME_LENGTH} characters` };
  return { host, path };
}

/** The form that {@link parsePrefix} reads. */
export function formatPrefix({ host, path }: Repository): string {
  return path === "" ? host : `${host}/${path}`;
}

/** `host/path`, or `oci:FOLDER`. */
export function formatRepository(repository: Repository): string {
  return formatPrefix(repository);
}

/** The name to show below a heading with the host; an OCI layout has only its own name. */
export function nameAtHost({ host, path }: Repository): string {
  return path === "" ? host : path;
}

/** The full text with the host. Also the key of a reference in snapshots and ledgers. */
export function formatReference({ repository, tag, digest }: Reference): string {
  return (
    formatRepository(repository) +
    (tag === undefined ? "" : formatTag(tag)) +
    (digest === undefined ? "" : `@${digest}`)
  );
}

/** Whether the part of a name before its first slash is a host, and not a part of a path at Docker's default registry. */
export function isHostLike(first: string): boolean {
  return first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first;
}

function hostProblem(text: string): ReferenceProblem | undefined {
  if (/^[a-z]+:\/\//i.test(text))
    return { problem: `"${text}" is not a host name`, hint: "write HOST or HOST:PORT, without https://" };
  const { name, port } = splitPort(text);
  if (port !== undefined && (!PORT.test(port) || Number(port) > 65_535)) {
    return { problem: `"${port}" in "${text}" is not a port`, hint: "a port is a number from 1 to 65535" };
  }
  if (IPV6.test(name) && URL.canParse(`http://${name}`)) return undefined;
  if (name !== "" && name.split(".").every((part) => HOST_PART.test(part))) return spellingProblem(name, text);
  return { problem: `"${text}" is not a host name`, hint: "write HOST or HOST:PORT, without https://" };
}

/** URL parsers read some names as something else (1.2.3 as 1.2.0.3) and refuse others (a.9, invalid punycode). */
function spellingProblem(name: string, text: string): ReferenceProblem | undefined {
  const url = `http://${name}`;
  const read = URL.canParse(url) ? new URL(url).hostname : undefined;
  if (read === name.toLowerCase()) return undefined;
  const problem = `"${text}" is not a host name`;
  if (read !== undefined) return { problem, hint: `it would be read as ${read}: write that if it is meant` };
  const isNumeric = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/i.test(name);
  return {
    problem,
    hint: isNumeric
      ? "a host whose last part is a number is an address: four numbers from 0 to 255"
      : "a part that begins with xn-- is not valid punycode",
  };
}

/** Hosts are compared in lower case, where such a host would read as a path on docker.io. */
function bareHostProblem(text: string): ReferenceProblem | undefined {
  const lower = text.toLowerCase();
  if (lower === "localhost" || /[.:]/.test(text)) return undefined;
  return {
    problem: `"${text}" is neither a path part, which is lower case, nor a host with a dot or a port`,
    hint: `write ${lower}:443 for the host, or docker.io/${lower} for the path`,
  };
}

function splitPort(text: string): { name: string; port?: string } {
  const end = text.startsWith("[") ? text.indexOf("]") + 1 : text.indexOf(":");
  if (end <= 0 || end >= text.length) return { name: text };
  if (text[end] !== ":") return { name: text };
  return { name: text.slice(0, end), port: text.slice(end + 1) };
}

function pathProblem(part: string, name: string): ReferenceProblem {
  if (part === "") return { problem: `"${name}" has an empty path part`, hint: "look for // or a slash at the end" };
  if (part.toLowerCase() !== part) {
    return {
      problem: `"${part}" has upper-case letters`,
      hint: `repository names are lower case: ${part.toLowerCase()}`,
    };
  }
  return {
    problem: `"${part}" is not a path part of a repository name`,
    hint: "lower-case letters and digits, separated by one . or _, by __ or by dashes",
  };
}
