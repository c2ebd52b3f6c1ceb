import { formatReference } from "../../model/reference.ts";
import type { Entry, LiteralMapping } from "../../model/sync-manifest.ts";
import { fillTemplate, hasPlaceholder, knownTemplate } from "../../selectors/tag-template.ts";
import type { Claim } from "./claim.ts";
import { defined } from "../../model/defined.ts";

/** Returns the claims of a mapping for each target. */
export function claimsOf(entry: Entry, { from, to }: LiteralMapping, range: Claim["range"]): readonly Claim[] {
  const { source } = entry;
  const isLocal = source.kind === "docker-daemon";
  const text = isLocal ? `docker-daemon:${source.image}` : formatReference({ repository: source.repository, ...from });
  const tagged = isLocal || from.tag === undefined ? undefined : { repository: source.repository, tag: from.tag };
  const template = entry.backup === undefined ? undefined : knownTemplate(entry.backup);
  const isFixed = template !== undefined && !hasPlaceholder(template, "digest");
  return entry.targets.flatMap(({ repository }) =>
    to.map((tag) => ({
      target: formatReference({ repository, tag }),
      source: text,
      range,
      ...defined({
        backup: isFixed ? formatReference({ repository, tag: fillTemplate(template, { tag }) }) : undefined,
        sourceTag: tagged === undefined ? undefined : formatReference(tagged),
      }),
    })),
  );
}
