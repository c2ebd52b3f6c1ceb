import type { Repository } from "../../model/reference.ts";
import type { Entry, Platforms, SelectorMapping } from "../../model/sync-manifest.ts";
import { type AgeOptions, ageCheckOf } from "./age.ts";
import { isAt, lookAtTop } from "./desired.ts";
import { type Facts, WORTH_A_LIST } from "./facts.ts";
import type { IsTooYoung } from "../../selectors/select.ts";
import { nameByTemplate } from "./name-by-template.ts";
import { literalFor } from "../../selectors/selector-names.ts";
import { lookAtWhole } from "./source.ts";

const EMPTY = { kind: "absent" } as const;

/**
 * Returns which source tags are too young for the newest that a selector keeps; undefined if the entry has no `minAge`. Tags in place at
 * all targets are not asked about, because they were accepted before. Unreadable images count as not young, and are reported later.
 */
export function createIsTooYoung(
  { source, targets, platforms, engine, minAgeMs }: Entry,
  mapping: SelectorMapping,
  facts: Facts,
  options: AgeOptions,
): IsTooYoung | undefined {
  const { latest } = mapping;
  if (source.kind !== "registry" || minAgeMs === undefined || latest === undefined) return undefined;
  const { repository } = source;
  const isInPlace = (tag: string): boolean | undefined => {
    if (engine === "docker") return false;
    // ask both sides in one round
    const image = lookAtWhole({ repository, tag }, platforms, facts);
    const names = namesOf(mapping, { tag, repository, platforms }, facts);
    const answers = targets.flatMap((target) => {
      const isListed = latest >= WORTH_A_LIST && options.listsDigests?.(target.repository.host) === true;
      const list = isListed ? facts.listDigests(target.repository, latest) : EMPTY;
      return names.map((name) =>
        name === undefined ? undefined : list && facts.resolve({ repository: target.repository, tag: name }, "target"),
      );
    });
    if (image === undefined || answers.includes(undefined)) return undefined;
    return image.kind === "known" && answers.every((answer) => answer !== undefined && isAt(answer, image.wanted));
  };
  return (tag) => {
    const top = lookAtTop({ repository, tag }, facts);
    const inPlace = isInPlace(tag);
    if (top === undefined || inPlace === undefined) return undefined;
    if (top.kind !== "known" || inPlace) return false;
    const ageCheck = ageCheckOf(
      { reference: { repository, digest: top.sourceDigest }, platforms, minAgeMs },
      facts,
      options,
    );
    return ageCheck && ageCheck.kind === "found";
  };
}

type Chosen = { readonly tag: string; readonly repository: Repository; readonly platforms: Platforms };

/**
 * Returns the target names of a chosen tag, with undefined for each name that needs more facts. Names that cannot be determined are left
 * out.
 */
function namesOf(
  mapping: SelectorMapping,
  { tag, repository, platforms }: Chosen,
  facts: Facts,
): readonly (string | undefined)[] {
  const { to, templates = [] } = literalFor(mapping, tag);
  const reference = { repository, tag };
  const made = templates.map((text) => nameByTemplate(text, { reference, platforms }, facts));
  return [...to, ...made.flatMap((one) => (one === undefined ? [undefined] : "tag" in one ? [one.tag] : []))];
}
