import { parseHost, isProblem, parseReference, type Repository } from "../model/reference.ts";
import { usageError } from "./usage.ts";

/**
 * Parses HOST or HOST:PORT.
 * @throws ImgsyncError USAGE
 */
export function readHost(text: string): string {
  const host = parseHost(text);
  if (typeof host === "string") return host;
  throw usageError({ hint: "write HOST or HOST:PORT, without https://", ...host });
}

/**
 * Parses a repository, or a host alone, which stands for all of its repositories and has the path "".
 * @throws ImgsyncError USAGE
 */
export function readPlace(text: string): Repository {
  if (!text.includes("/")) return { host: readHost(text), path: "" };
  const reference = parseReference(text);
  if (isProblem(reference)) throw usageError({ hint: "write HOST, HOST:PORT or HOST/REPOSITORY", ...reference });
  return reference.repository;
}
