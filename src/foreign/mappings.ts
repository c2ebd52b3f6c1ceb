import type { ForeignNote, Place } from "../model/foreign.ts";
import { sourceTextOf, type Unit } from "./unit.ts";

/** The units that images.yaml accepts together, and those that it would refuse. */
export type Accepted = { readonly units: readonly Unit[]; readonly notes: readonly ForeignNote[] };

/**
 * Merges units that occur several times, and leaves out those that would contradict others: a tag can only come from one source, and what is
 * read must not be written in the same run.
 */
export function acceptUnits(all: readonly Unit[]): Accepted {
  const notes: ForeignNote[] = [];
  const lose = (place: Place, what: string, instead: string): void =>
    void notes.push({ place, what, instead, isLoss: true });
  const first = new Map<string, Unit>();
  const merged = mergeRepeated(all);
  const kept: Unit[] = [];
  for (const unit of merged) {
    const source = sourceTextOf(unit);
    const targets = targetTextsOf(unit);
    if (targets.includes(source ?? "")) {
      lose(unit.place, `${source} is both the source and the target`, "name another target");
      continue;
    }
    const taken = targets.map((target) => first.get(target)).find((other) => other !== undefined);
    if (taken !== undefined) {
      lose(
        unit.place,
        `${targets[0]} from ${source}, because it comes from ${sourceTextOf(taken)} at ${taken.place.file}:${taken.place.line}`,
        "give one of the two another target; with --target, --paths keep or scoped does so",
      );
      continue;
    }
    for (const target of targets) first.set(target, unit);
    kept.push(unit);
  }
  const units = kept.filter((unit) => {
    const writer = first.get(sourceTextOf(unit) ?? "");
    if (writer === undefined) return true;
    lose(
      unit.place,
      `${sourceTextOf(unit)} as a source, because it is a target at ${writer.place.file}:${writer.place.line}`,
      `take it from ${sourceTextOf(writer)}, and import again`,
    );
    return false;
  });
  return { units, notes };
}

/** The same tag to the same target is one mapping, with all of its platforms. */
function mergeRepeated(all: readonly Unit[]): readonly Unit[] {
  const merged = new Map<string, Unit>();
  for (const unit of all) {
    const key = JSON.stringify([unit.source, unit.target, unit.element]);
    const before = merged.get(key);
    merged.set(key, before === undefined ? unit : withPlatforms(before, unit));
  }
  return [...merged.values()];
}

function withPlatforms(unit: Unit, other: Unit): Unit {
  const { platforms, ...settings } = unit.settings;
  const more = other.settings.platforms;
  if (platforms === undefined || more === undefined) return { ...unit, settings };
  return { ...unit, settings: { ...settings, platforms: [...new Set([...platforms, ...more])] } };
}

/** `HOST/PATH:TAG` of each tag that is written by its name. */
function targetTextsOf({ element, target }: Unit): readonly string[] {
  return "from" in element ? element.to.map((tag) => `${target}:${tag}`) : [];
}
