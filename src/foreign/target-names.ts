import { formatRepository, isProblem, parsePrefix, parseRepository } from "../model/reference.ts";

/** How the path of a source becomes that of its target. */
export const PATHS = {
  /** `PREFIX/nginx` */
  flatten: "the last part of the source's path",
  /** `PREFIX/library/nginx` */
  keep: "the source's path",
  /** `PREFIX/HOST/library/nginx` */
  scoped: "the source's host and path",
} as const;

export type Paths = keyof typeof PATHS;

/** Returns the target of a source below a prefix, or why there is none. */
export function targetBelow(prefix: string, source: string, paths: Paths): string | { readonly problem: string } {
  const slash = source.indexOf("/");
  const path = source.slice(slash + 1);
  const name = paths === "scoped" ? source : paths === "keep" ? path : path.slice(path.lastIndexOf("/") + 1);
  const target = `${prefix.replace(/\/+$/, "")}/${name}`;
  if (target.includes("${")) return target;
  const parsed = parseRepository(target);
  return isProblem(parsed) ? parsed : formatRepository(parsed);
}

/** Returns why a text is not a prefix for targets. */
export function prefixProblem(text: string): string | undefined {
  if (text.includes("${") || text.startsWith("oci:")) return undefined;
  const parsed = parsePrefix(text.replace(/\/+$/, ""));
  if (isProblem(parsed)) return parsed.problem;
  const isHost = /[.:]/.test(parsed.host) || parsed.host === "localhost";
  return isHost ? undefined : `"${text}" does not begin with a host`;
}
