import { type Change, type ImageSource, isCopy, transferBytesOf } from "../../model/plan.ts";
import type { Repository } from "../../model/reference.ts";

/** How much a plan copies, from which sources to which targets. */
export type Flow = {
  /** Tags are counted if no size is known. */
  readonly measure: "bytes" | "tags";
  readonly sources: readonly FlowNode[];
  readonly targets: readonly FlowNode[];
  readonly links: readonly FlowLink[];
};

/** A repository, a registry, or the rest of either. */
export type FlowNode = Amount & { readonly host: string; readonly path: string };

export type FlowLink = Amount & { readonly source: number; readonly target: number };

type Amount = { readonly tags: number; readonly bytes: number };
type Place = Pick<FlowNode, "host" | "path">;
type Node = Place & { tags: number; bytes: number };
type Link = { source: number; target: number; tags: number; bytes: number };
type Side = { readonly nodes: readonly Node[]; readonly find: (change: Change) => number };

/** The most nodes that a drawing has room for. Beyond it, repositories are grouped by registry, and then the smallest are merged. */
const MAX_NODES = 10;

/** A flow, and the number of the link that each copied change is part of. */
export type LinkedFlow = { readonly flow: Flow; readonly linkOf: ReadonlyMap<Change, number> };

/** Returns the flow of a plan; undefined if nothing is copied. */
export function flowOf(changes: readonly Change[]): LinkedFlow | undefined {
  const copies = changes.filter(isCopy);
  if (copies.length === 0) return undefined;
  const measure = copies.some((change) => (transferBytesOf(change) ?? 0) > 0) ? "bytes" : "tags";
  const sources = arrange(copies, ({ source }) => placeOfSource(source), measure);
  const targets = arrange(copies, ({ target }) => placeOf(target.repository), measure);
  const links = new Map<string, Link>();
  const own = new Map<Change, Link>();
  for (const change of copies) {
    const [source, target] = [sources.find(change), targets.find(change)];
    const key = `${source} ${target}`;
    const link = links.get(key) ?? { source, target, tags: 0, bytes: 0 };
    add(link, change);
    links.set(key, link);
    own.set(change, link);
  }
  const sorted = [...links.values()].toSorted((a, b) => a.source - b.source || a.target - b.target);
  const numbers = new Map(sorted.map((link, at) => [link, at]));
  return {
    flow: { measure, sources: sources.nodes, targets: targets.nodes, links: sorted },
    linkOf: new Map([...own].map(([change, link]) => [change, numbers.get(link) ?? 0])),
  };
}

/** Whether a picture of the flow shows more than a sentence: a single band between two names does not. */
export function isWorthDrawing({ links }: Flow): boolean {
  return links.length > 1;
}

/** Returns the places of one side, the largest first. */
function arrange(changes: readonly Change[], placeOf: (change: Change) => Place, measure: Flow["measure"]): Side {
  const repositories = gather(changes, placeOf);
  const toRegistry = (change: Change): Place => ({ host: placeOf(change).host, path: "" });
  const isFew = repositories.size <= MAX_NODES;
  const choose = isFew ? placeOf : toRegistry;
  const all = isFew ? repositories : gather(changes, toRegistry);
  const keys = [...all]
    .toSorted(([a, one], [b, other]) => other[measure] - one[measure] || other.tags - one.tags || (a < b ? -1 : 1))
    .map(([key]) => key);
  const kept = keys.length <= MAX_NODES ? keys : keys.slice(0, MAX_NODES - 1);
  const numbers = new Map(kept.map((key, at) => [key, at]));
  const nodes = kept.map((key) => all.get(key) ?? { ...NOWHERE });
  const rest = keys.length - kept.length;
  if (rest > 0) nodes.push(sum(keys.slice(kept.length).map((key) => all.get(key) ?? NOWHERE)));
  return { nodes, find: (change) => numbers.get(keyOf(choose(change))) ?? kept.length };
}

const NOWHERE: Node = { host: "", path: "", tags: 0, bytes: 0 };

function gather(changes: readonly Change[], placeOf: (change: Change) => Place): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  for (const change of changes) {
    const place = placeOf(change);
    const node = nodes.get(keyOf(place)) ?? { ...place, tags: 0, bytes: 0 };
    add(node, change);
    nodes.set(keyOf(place), node);
  }
  return nodes;
}

function sum(nodes: readonly Node[]): Node {
  const total = { ...NOWHERE, host: `and ${nodes.length} more` };
  for (const { tags, bytes } of nodes) {
    total.tags += tags;
    total.bytes += bytes;
  }
  return total;
}

function add(amount: { tags: number; bytes: number }, change: Change): void {
  amount.tags += 1;
  amount.bytes += transferBytesOf(change) ?? 0;
}

function placeOfSource(source: ImageSource): Place {
  if (source.kind === "registry") return placeOf(source.reference.repository);
  return { host: "docker-daemon", path: source.image };
}

function placeOf({ host, path }: Repository): Place {
  return { host, path };
}

function keyOf({ host, path }: Place): string {
  return `${host}/${path}`;
}
