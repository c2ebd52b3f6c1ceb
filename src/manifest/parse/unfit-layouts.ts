import { hasLayoutScheme } from "../../model/layout-name.ts";
import type { Entry as WrittenEntry } from "../../schema/generated/images.ts";
import type { EntrySettings } from "./entry-settings.ts";
import type { FileContext } from "./file-context.ts";
import { listOf } from "./list-of.ts";
import type { Path } from "./nodes.ts";

/** Refuses uses of an OCI layout that need docker, which only supports registries. */
export function refuseUnfitLayouts(
  { source, target }: Pick<WrittenEntry, "source" | "target">,
  { engine }: EntrySettings,
  path: Path,
  { report }: FileContext,
): void {
  if (engine !== "docker") return;
  const places = [{ text: source, path: [...path, "source"] }, ...listOf(target, [...path, "target"])];
  for (const layout of places.filter(({ text }) => hasLayoutScheme(text)))
    report(layout.path, {
      message: "docker cannot read or write an OCI layout",
      hint: "use engine: registry; push a local image to a registry first, and copy it from there",
    });
}
