import { hasLayoutScheme } from "../../model/layout-name.ts";
import type { Entry as WrittenEntry } from "../../schema/generated/images.ts";
import type { EntrySettings } from "./entry-settings.ts";
import type { FileContext } from "./file-context.ts";
import { listOf } from "./list-of.ts";
import type { Path } from "./nodes.ts";

/** Refuses uses of an OCI layout that need docker or cosign, which only support registries. */
export function refuseUnfitLayouts(
  { source, target }: Pick<WrittenEntry, "source" | "target">,
  { engine, verify }: EntrySettings,
  path: Path,
  { report }: FileContext,
): void {
  const places = [{ text: source, path: [...path, "source"] }, ...listOf(target, [...path, "target"])];
  const layouts = places.filter(({ text }) => hasLayoutScheme(text));
  if (engine === "docker") {
    for (const layout of layouts)
      report(layout.path, {
        message: "docker cannot read or write an OCI layout",
        hint: "use engine: registry; push a local image to a registry first, and copy it from there",
      });
  }
  if (verify !== undefined && hasLayoutScheme(source))
    report([...path, "source"], {
      message: "cosign cannot verify the signatures in an OCI layout",
      hint: "verify where the image enters the layout, and set verify: false here",
    });
}
