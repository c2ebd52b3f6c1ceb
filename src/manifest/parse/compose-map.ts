import { isMap, isAlias, isScalar, isSeq, type ParsedNode, Scalar, type YAMLMap } from "yaml";
import { type Weighed, weightAround } from "./aliases.ts";
import type { MapEntry, Weight } from "./nodes.ts";
import { PARSE_LIMITS } from "./parse-limits.ts";
import type { Range } from "./source-text.ts";
import { alone, nothing, rangeOf, type Walk } from "./walk.ts";

/** Keys with a special meaning in JavaScript, which no images.yaml needs. Threat T25. */
const REFUSED_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

type Entries = Map<string, MapEntry>;

/** Composes a map with its merge keys (`<<`). The map's own keys take precedence, then those merged first. */
export function composeMap(walk: Walk, map: YAMLMap.Parsed, depth: number): Weighed {
  const entries: Entries = new Map();
  const merged: Entries = new Map();
  const parts: Weight[] = [];
  for (const { key, value } of map.items) {
    const range = rangeOf(key);
    const weighed = value === null ? nothing(range) : walk.compose(value, depth);
    parts.push(weighed.weight);
    if (isMergeKey(key)) mergeInto(walk, merged, { range, value, weighed });
    else addEntry(walk, entries, { key, value: weighed });
  }
  for (const [name, entry] of merged) if (!entries.has(name)) entries.set(name, entry);
  const range = rangeOf(map);
  if (entries.size > PARSE_LIMITS.keysPerMap) {
    walk.fail(range, { message: `the map has more than ${PARSE_LIMITS.keysPerMap} keys, with those merged into it` });
  }
  return alone({ kind: "map", weight: weightAround(parts), range, entries });
}

function addEntry(walk: Walk, entries: Entries, { key, value }: { key: ParsedNode; value: Weighed }): void {
  const range = rangeOf(key);
  const name = keyText(walk, key);
  if (name === undefined) return;
  const first = entries.get(name);
  if (first !== undefined && walk.onRepeatedKey !== undefined) walk.onRepeatedKey(range);
  if (first === undefined || walk.onRepeatedKey !== undefined) {
    entries.set(name, { key: range, value: value.node });
  } else {
    const related = [{ position: walk.positionOf(first.key), message: "first here" }];
    walk.report(range, { message: `the key "${name}" occurs twice`, hint: "keep one of the two", related });
  }
}

function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.source === "<<" && (key.type === undefined || key.type === Scalar.PLAIN);
}

function mergeInto(
  walk: Walk,
  merged: Entries,
  { range, value, weighed }: { range: Range; value: ParsedNode | null; weighed: Weighed },
): void {
  const { node } = weighed;
  const sources = node.kind === "list" ? node.items : [node];
  const isFit = value !== null && (isAlias(value) || isMap(value) || isSeq(value));
  if (!isFit || sources.some(({ kind }) => kind !== "map")) {
    walk.report(range, { message: 'the merge key "<<" needs a map or a list of maps', hint: "such as <<: *anchor" });
    return;
  }
  for (const source of sources) {
    if (source.kind !== "map") continue;
    for (const [name, entry] of source.entries) if (!merged.has(name)) merged.set(name, entry);
  }
}

/** Returns the name of a key as written; undefined if it is not a valid name. */
function keyText(walk: Walk, key: ParsedNode): string | undefined {
  const range = rangeOf(key);
  if (!isScalar(key)) {
    walk.report(range, { message: "a key must be text", hint: "lists, maps and aliases cannot be keys" });
    return undefined;
  }
  const name = key.source;
  if (name === "") {
    walk.report(range, { message: "a key is missing before the colon" });
    return undefined;
  }
  if (REFUSED_KEYS.has(name)) {
    walk.report(range, { message: `the key "${name}" is not allowed` });
    return undefined;
  }
  return name;
}
