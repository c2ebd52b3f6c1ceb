import { KNOWN_UNIVERSES, type Universes } from "../../products/universes.ts";
import type { Diagnostic } from "../../model/error.ts";
import type { Position } from "../../model/position.ts";
import { type Node, type Path, rangeAt } from "./nodes.ts";
import { diagnose, type Finding, positionAt, type Range, type SourceText } from "./source-text.ts";

/** What reading a part of a file needs: where things stand in it, and somewhere to say what is wrong. */
export type FileContext = {
  readonly rangeOf: (path: Path) => Range;
  readonly positionOf: (path: Path) => Position;
  readonly report: (path: Path, finding: Finding) => void;
  readonly reportAt: (range: Range, finding: Finding) => void;
  /** Domains whose names of repositories have a form of their own. */
  readonly universes: Universes;
  /** A path as it stands in this file, as one from the root file's folder. */
  readonly pathFromRoot: (path: string) => string;
};

export type FileContextOptions = {
  /** The file, from the root file's folder. */
  readonly name: string;
  readonly universes?: Universes | undefined;
};

/** Findings on scalars whose variables are not set are dropped: the variable has been reported. */
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
    pathFromRoot: (path) => (path.startsWith("/") ? path : name.slice(0, name.lastIndexOf("/") + 1) + path),
  };
}
