import { type Digest, isDigest } from "../../model/digest.ts";
import { isTag, tagProblem } from "../../model/reference.ts";
import type { LiteralMapping, TagMatch, TagMapping } from "../../model/sync-manifest.ts";
import type { TagText, TagMapping as WrittenTagMapping } from "../../schema/generated/images.ts";
import { tagGlobProblem } from "../../selectors/glob.ts";
import { matchProblem } from "../../selectors/pattern-problem.ts";
import { isTemplate } from "../../selectors/tag-template.ts";
import type { FileContext } from "./file-context.ts";
import { listOf } from "./list-of.ts";
import type { Path } from "./nodes.ts";
import { readExclude } from "./read-exclude.ts";
import { readRenames } from "./read-renames.ts";
import { readTemplates } from "./read-templates.ts";
import { defined } from "../../model/defined.ts";

/** Reads one element of `tags`. Returns undefined and reports if it is not valid. */
export function readTagMapping(written: WrittenTagMapping, path: Path, context: FileContext): TagMapping | undefined {
  if (typeof written !== "object" || written === null) return readTag(String(written), path, context);
  if ("from" in written) return readMapping(written, path, context);
  const match = readMatch(written, path, context);
  const excluding = readExclude(written.exclude, [...path, "exclude"], context);
  const to = written.to === undefined ? [] : readRenames(written.to, [...path, "to"], context);
  if (match === undefined || excluding === undefined || to === undefined) return undefined;
  const position = context.positionOf(path);
  const { latest } = written;
  return {
    kind: "selector",
    position,
    match,
    ...excluding,
    ...defined({ latest, to: to.length === 0 ? undefined : to }),
  };
}

/** Reads globs over tags. Returns undefined and reports if one is not valid. */
export function readTagGlobs(
  written: TagText | readonly TagText[] | undefined,
  path: Path,
  { report }: FileContext,
): readonly string[] | undefined {
  const globs = listOf(written, path);
  const problems = globs.flatMap(({ text, path }) => {
    const problem = tagGlobProblem(text);
    return problem === undefined ? [] : [{ path, problem }];
  });
  for (const { path, problem } of problems) report(path, { message: problem });
  return problems.length > 0 ? undefined : globs.map(({ text }) => text);
}

function readTag(text: string, path: Path, context: FileContext): LiteralMapping | undefined {
  if (isDigest(text)) return readMapping({ from: text }, path, context);
  if (!isTag(text)) {
    const { problem, hint } = tagProblem(text);
    context.report(path, { message: problem, hint: hintFor(text, hint) });
    return undefined;
  }
  const position = context.positionOf(path);
  return { kind: "literal", position, from: { tag: text }, to: [text], isLatestImplied: false };
}

function hintFor(text: string, hint: string | undefined): string | undefined {
  if (isDigest(text.slice(text.indexOf("@") + 1))) return `write { from: "${text}", to: TAG }`;
  return isTemplate(text) ? `a template belongs in \`to\`: { from: TAG, to: "${text}" }` : hint;
}

type FromMapping = Extract<WrittenTagMapping, { from: unknown }>;
type Selector = Exclude<Extract<WrittenTagMapping, object>, FromMapping>;

function readMapping(written: FromMapping, path: Path, context: FileContext): LiteralMapping | undefined {
  const from = readFrom(String(written.from), [...path, "from"], context);
  const named = listOf(written.to, [...path, "to"]);
  const read = from === undefined ? undefined : readTemplates(named, from, context);
  const targets = [...named.filter(({ text }) => !isTemplate(text)), ...(read?.plain ?? [])];
  const bad = targets.filter(({ text }) => !isTag(text));
  for (const { text, path } of bad) {
    const { problem, hint } = tagProblem(text);
    context.report(path, { message: problem, hint });
  }
  if (from === undefined || read === undefined || bad.length > 0) return undefined;
  // without a tag, the image is kept under its digest
  const to = written.to === undefined ? listOf(from.tag ?? from.digest, path) : targets;
  const position = context.positionOf(path);
  return {
    kind: "literal",
    position,
    from,
    to: to.map(({ text }) => text),
    ...defined({ templates: read.templates.length === 0 ? undefined : read.templates }),
    isLatestImplied: false,
  };
}

/** Parses `TAG`, `DIGEST` or `TAG@DIGEST`. */
function readFrom(text: string, path: Path, { report }: FileContext): { tag?: string; digest?: Digest } | undefined {
  if (isDigest(text)) return { digest: text };
  const at = text.indexOf("@");
  const tag = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (at < 0 ? /^sha(?:256|512):/.test(text) : digest !== undefined && !isDigest(digest)) {
    report(path, {
      message: `"${digest ?? text}" is not a digest`,
      hint: "a digest is sha256: and 64, or sha512: and 128 lower-case hexadecimal digits",
    });
    return undefined;
  }
  if (!isTag(tag)) {
    const { problem, hint } = tagProblem(tag);
    report(path, { message: problem, hint });
    return undefined;
  }
  return digest !== undefined && isDigest(digest) ? { tag, digest } : { tag };
}

function readMatch(written: Selector, path: Path, context: FileContext): TagMatch | undefined {
  if ("glob" in written) {
    const patterns = readTagGlobs(written.glob, [...path, "glob"], context);
    return patterns === undefined ? undefined : { kind: "glob", patterns };
  }
  const match: TagMatch =
    "regex" in written
      ? { kind: "regex", pattern: String(written.regex) }
      : {
          kind: "semver",
          range: String(written.semver),
          loose: written.loose ?? false,
          prerelease: written.prerelease ?? false,
          ...defined({ pattern: written.pattern === undefined ? undefined : String(written.pattern) }),
        };
  const problem = matchProblem(match);
  if (problem === undefined) return match;
  context.report([...path, problem.key], { message: problem.problem, hint: problem.hint });
  return undefined;
}
