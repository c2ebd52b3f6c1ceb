import { type Digest, isDigest } from "../model/digest.ts";
import { ImgsyncError } from "../model/error.ts";
import { type Lock, type LockedMapping, lockKey } from "../model/lock.ts";
import { formatRepository, isProblem, parseRepository } from "../model/reference.ts";
import type { LockDocument, LockedDocument } from "../schema/generated/lock.ts";
import * as validator from "../schema/generated/lock.validate.js";
import { findProblems } from "../schema/problems.ts";
import { describeProblem } from "../schema/schema-problem.ts";
import { composeText } from "./parse/compose-nodes.ts";
import { toPlainValue } from "./parse/plain-value.ts";
import { createSourceText } from "./parse/source-text.ts";

const HEAD = `# Written by imgsync lock: the digests of the source tags that the manifest declares.
# Commit it; change it with imgsync lock and imgsync lock --update, not by hand.
`;

/** Formats a lock file. Equal locks have equal bytes. */
export function formatLock({ locked }: Lock): string {
  const sorted = locked.toSorted((one, other) => (lockKey(one) < lockKey(other) ? -1 : 1));
  const lines = sorted.flatMap(formatLocked);
  return [`${HEAD}version: 1`, lines.length === 0 ? "locked: []" : "locked:", ...lines, ""].join("\n");
}

function formatLocked({ source, mapping, tags }: LockedMapping): readonly string[] {
  const head = [`  - source: ${quote(source)}`, `    mapping: ${quote(mapping)}`];
  if (tags.size === 0) return [...head, "    tags: []"];
  return [...head, "    tags:", ...[...tags].map(([tag, digest]) => `      - ${tag}@${digest}`)];
}

/**
 * Reads a lock file with the limits of the manifest, because both come from the same pull request.
 * @throws ImgsyncError LOCK_INVALID
 */
export function parseLock(text: string, file: string): Lock {
  const source = createSourceText(text.replace(/^\uFEFF/, ""), file);
  const composed = composeText(source, { variables: new Map() });
  const [finding] = composed.diagnostics;
  if (finding !== undefined) throw invalid(file, `line ${finding.position.line}: ${finding.message}`);
  const value = "root" in composed && composed.root !== undefined ? toPlainValue(composed.root, undefined) : null;
  const [problem] = findProblems(validator, value);
  if (problem !== undefined) throw invalid(file, describeProblem(problem));
  // the schema has accepted it
  const { locked } = value as LockDocument;
  const read = locked.map((one) => readLocked(one, file));
  if (new Set(read.map(lockKey)).size < read.length) throw invalid(file, "a mapping is locked twice");
  return { locked: read };
}

function readLocked({ source, mapping, tags }: LockedDocument, file: string): LockedMapping {
  const repository = parseRepository(source);
  if (isProblem(repository)) throw invalid(file, repository.problem);
  if (formatRepository(repository) !== source) throw invalid(file, `"${source}" is not written in full`);
  const read = new Map(tags.map((text) => readTag(text, file)));
  if (read.size < tags.length) throw invalid(file, `a tag of "${source}" is locked twice for one mapping`);
  return { source, mapping, tags: read };
}

function readTag(text: string, file: string): readonly [string, Digest] {
  const [tag = "", digest = ""] = text.split("@");
  if (!isDigest(digest)) throw invalid(file, `"${digest}" is not a digest`);
  return [tag, digest];
}

/** JSON text is also YAML text, except that a dollar sign could start a variable. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll("$", "$$$$");
}

function invalid(file: string, message: string): ImgsyncError {
  return new ImgsyncError({
    code: "LOCK_INVALID",
    message: `"${file}" is not a valid lock file: ${message}`,
    hint: "restore it from Git, or remove it and run imgsync lock",
  });
}
