import type { Node } from "./nodes.ts";
import type { Places } from "../keys/text.ts";

/** Converts a node to a JSON value: text in text places, typed values elsewhere. */
export function toPlainValue(node: Node, places: Places | undefined): unknown {
  if (node.kind === "scalar") return places?.isText === true ? node.text : node.value;
  if (node.kind === "list") return node.items.map((item) => toPlainValue(item, places?.items));
  return Object.fromEntries(
    [...node.entries].map(([key, { value }]) => [key, toPlainValue(value, placesOf(places, key))]),
  );
}

function placesOf(places: Places | undefined, key: string): Places | undefined {
  const keys = places?.keys;
  return keys !== undefined && Object.hasOwn(keys, key) ? keys[key] : places?.anyKey;
}
