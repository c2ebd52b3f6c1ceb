import { KNOWN_UNIVERSES, type Universes } from "../../products/universes.ts";
import type { Diagnostic } from "../../model/error.ts";
import type { Position } from "../../model/position.ts";
import { type Node, type Path, rangeAt } from "./nodes.ts";
import { diagnose, type Finding, positionAt, type Range, type SourceText } from "./source-text.ts";

/** Positions in a file, and where to report findings on it. */
export type FileContext = {
  readonly rangeOf: (path: Path) => Range;
  readonly positionOf: (path: Path) => Position;
  readonly report: (path: Path, finding: Finding) => void;
  readonly reportAt: (range: Range, finding: Finding) => void;
  /** Domains with their own form of repository names. */
  readonly universes: Universes;
  /** Makes a path in this file relative to the root file's folder. */
  readonly pathFromRoot: (path: string) => string;
};

export type FileContextOptions = {
  /** The path of the file, relative to the root file's folder. */
  readonly name: string;
  readonly universes?: Universes | undefined;
};

/** Also on Windows, which has drives and servers: the same file means the same on every system. */
const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;

/** Drops findings on scalars with unset variables, because the variable has been reported. */
export function createFileContext(
  { source, root, broken }: { source: SourceText; root: Node; broken: ReadonlySet<number> },
  diagnostics: Diagnostic[],
  { name, universes = KNOWN_UNIVERSES }: FileContextOptions,
): FileContext {
  const rangeOf = (path: Path): Range => rangeAt(root, path);
  const reportAt = (range: Range, finding: Finding): void => {
    if (!broken.has(range[0])) diagnostics.push(diagnose(source, range, finding));
  };
  return {
    rangeOf,
    positionOf: (path) => positionAt(source, rangeOf(path)[0]),
    report: (path, finding) => reportAt(rangeOf(path), finding),
    reportAt,
    universes,
    pathFromRoot: (path) => (ABSOLUTE.test(path) ? path : name.slice(0, name.lastIndexOf("/") + 1) + path),
  };
}
