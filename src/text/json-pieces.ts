import { forJson } from "./sanitize.ts";

type Listed = {
  /** The members before the list; at least one. */
  readonly start: object;
  /** The name of the list. */
  readonly name: string;
  /** The elements as JSON of {@link elementOf}, taken one at a time. */
  readonly elements: Iterable<string>;
  /** The members after the list, at least one; called after its last element was taken. */
  readonly end: () => object;
};

/** On lines with an indentation of two spaces, or on one line. */
export type Layout = "lines" | "line";

/**
 * Formats an object with one long list, like `forJson`, in pieces: a document of 100,000 changes has 60 MB, and several copies of it would
 * not fit into the memory of a small runner. No string of JSON spans two pieces.
 */
export function* jsonPieces({ start, name, elements, end }: Listed, layout: Layout): Generator<string> {
  const [newline, inner, space] = layout === "lines" ? ["\n", "\n    ", " "] : ["", "", ""];
  const margin = layout === "lines" ? "\n  " : "";
  yield `{${newline}${membersOf(start, layout)},${margin}${JSON.stringify(name)}:${space}[`;
  let isEmpty = true;
  for (const element of elements) {
    yield `${isEmpty ? "" : ","}${inner}${element}`;
    isEmpty = false;
  }
  yield `${isEmpty ? "" : margin}],${newline}${membersOf(end(), layout)}${newline}}`;
}

/** Formats an element of the list. */
export function elementOf(value: unknown, layout: Layout): string {
  // strings contain no newline in JSON
  return layout === "lines" ? forJson(value, 2).replaceAll("\n", "\n    ") : forJson(value);
}

function membersOf(value: object, layout: Layout): string {
  const [json, edge] = layout === "lines" ? [forJson(value, 2), 2] : [forJson(value), 1];
  return json.slice(edge, -edge);
}

/** Large enough that a write costs little, and small enough that it takes no memory. */
const CHUNK = 256 * 1024;

/** Joins pieces of text to chunks of at least 256 Ki characters, except the last. A piece is never divided. */
export function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    chunk.push(piece);
    length += piece.length;
    if (length < CHUNK) continue;
    yield chunk.join("");
    chunk = [];
    length = 0;
  }
  if (length > 0) yield chunk.join("");
}
