import type { Diagnostic } from "../../model/error.ts";
import type { Entry, RegistrySettings } from "../../model/sync-manifest.ts";
import { diagnose } from "./source-text.ts";
import type { SyncDocument } from "./sync-document.ts";

/** Finds entries whose source must keep pulls that docker or cosign would use without asking. */
export function findUnfitReserves(
  documents: readonly SyncDocument[],
  registries: ReadonlyMap<string, RegistrySettings>,
): readonly Diagnostic[] {
  return documents.flatMap(({ source, entries, catalogs }) =>
    [...entries, ...catalogs.map((catalog) => catalog.entry)].flatMap((entry) => {
      const program = otherReader(entry);
      const host = entry.source.kind === "registry" ? entry.source.repository.host : undefined;
      const kept = host === undefined ? undefined : registries.get(host)?.reserve;
      if (program === undefined || kept === undefined) return [];
      const { line, column } = entry.position;
      const start = (source.lineStarts[line - 1] ?? 0) + column - 1;
      return [
        diagnose(source, [start, start + 1], {
          message: `${program.name} reads from ${host} without regard to its \`reserve\``,
          hint: program.hint,
        }),
      ];
    }),
  );
}

function otherReader({ engine, verify }: Entry): { readonly name: string; readonly hint: string } | undefined {
  if (engine === "docker") return { name: "docker", hint: "use engine: registry, or remove the `reserve`" };
  if (verify !== undefined)
    return { name: "cosign, which `verify` runs,", hint: "copy to a registry without `reserve` first, or remove it" };
  return undefined;
}
