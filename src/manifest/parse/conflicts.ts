import type { Diagnostic } from "../../model/error.ts";
import type { Claim } from "./claim.ts";
import { type LazyFinding, limitFindings } from "./limit-findings.ts";
import { diagnose, positionAt, type SourceText } from "./source-text.ts";

type Placed = { readonly claim: Claim; readonly source: SourceText };
type Document = { readonly source: SourceText; readonly claims: readonly Claim[] };

/** Finds literal mappings that conflict regardless of the registries. Limited per file, like other findings. */
export function findConflicts(documents: readonly Document[]): readonly Diagnostic[] {
  const placed = documents.map(({ source, claims }) => claims.map((claim): Placed => ({ claim, source })));
  const first = new Map<string, Placed>();
  for (const one of placed.flat()) if (!first.has(one.claim.target)) first.set(one.claim.target, one);
  return placed.flatMap((ofFile) =>
    limitFindings(
      ofFile.flatMap((one) => conflictsOf(one, first)),
      "conflicts",
    ),
  );
}

function conflictsOf(one: Placed, first: ReadonlyMap<string, Placed>): readonly LazyFinding[] {
  const { target, source, sourceTag, backup } = one.claim;
  if (sourceTag === target) return [() => toItself(one)];
  const found: LazyFinding[] = [];
  const winner = first.get(target);
  const writer = sourceTag === undefined ? undefined : first.get(sourceTag);
  if (winner !== undefined && winner.claim.source !== source) found.push(() => twoSources(winner, one));
  if (writer !== undefined) found.push(() => chain(writer, one));
  const named = backup === undefined ? undefined : first.get(backup);
  if (named !== undefined) found.push(() => takenByBackup(named, one));
  return found;
}

function twoSources(winner: Placed, other: Placed): Diagnostic {
  return diagnose(other.source, other.claim.range, {
    message: `"${other.claim.target}" is mapped from "${other.claim.source}" here and from "${winner.claim.source}" elsewhere`,
    hint: "a tag can only point at one image: remove one of the two",
    related: [{ position: positionOf(winner), message: `from "${winner.claim.source}"` }],
  });
}

function toItself(one: Placed): Diagnostic {
  return diagnose(one.source, one.claim.range, {
    message: `"${one.claim.target}" is both the source and the target`,
    hint: "name another target, or another tag with { from: TAG, to: TAG }",
  });
}

function chain(writer: Placed, reader: Placed): Diagnostic {
  return diagnose(reader.source, reader.claim.range, {
    message: `the source "${writer.claim.target}" is a target of another entry`,
    hint: `take it from "${writer.claim.source}" instead: what is read must not change in the same run`,
    related: [{ position: positionOf(writer), message: `written here, from "${writer.claim.source}"` }],
  });
}

function takenByBackup(named: Placed, one: Placed): Diagnostic {
  return diagnose(one.source, one.claim.range, {
    message: `the backup of "${one.claim.target}" would be "${named.claim.target}", which the manifest declares itself`,
    hint: "use another template for the backup, such as {tag}-before-{digest:8}",
    related: [{ position: positionOf(named), message: `from "${named.claim.source}"` }],
  });
}

function positionOf({ source, claim }: Placed): Diagnostic["position"] {
  return positionAt(source, claim.range[0]);
}
