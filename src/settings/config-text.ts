import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { ConfigError } from "./config-problem.ts";

export type ConfigPath = readonly (string | number)[];

/** The content of a config file, and the positions of its values. */
export type ConfigDocument = {
  readonly value: unknown;
  readonly placeOf: (path: ConfigPath) => string;
};

/** Larger files are a mistake, and slow to parse: the parser compares each key of a map with all others. */
export const MAX_CONFIG_BYTES = 64 * 1024;

/**
 * Parses YAML or JSON, which is a subset. `file` is the name in errors.
 * @throws ConfigError if it is neither
 */
export function parseConfigText(text: string, file: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parse(text, file, lines);
  const placeAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    throw new ConfigError(
      problems.map(({ code, message, pos }) => ({ place: placeAt(pos[0]), message: describe(code, message) })),
    );
  }
  return { value: plainValue(document, file), placeOf: (path) => placeAt(offsetOf(document, path)) };
}

function parse(text: string, file: string, lineCounter: LineCounter): Document.Parsed {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, version: "1.2", schema: "core", strict: true });
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
}

function plainValue(document: Document.Parsed, file: string): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return value;
  } catch (thrown) {
    throw unreadable(file, thrown);
  }
}

/** The parser throws RangeError if the nesting is too deep, and ReferenceError if there are too many aliases. */
function unreadable(file: string, thrown: unknown): Error {
  if (!(thrown instanceof RangeError) && !(thrown instanceof ReferenceError)) throw thrown;
  return new ConfigError([{ place: file, message: "nested too deep, or too many aliases" }]);
}

/** Returns the offset of the key for a value in a map, of the value itself in a list, or of the deepest existing part of the path. */
function offsetOf(document: Document.Parsed, path: ConfigPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      offset = startOf(pair?.key) ?? offset;
      node = pair?.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function describe(code: string, message: string): string {
  // the parser ran out of stack
  if (code === "RESOURCE_EXHAUSTION") return "nested too deep";
  const [line = ""] = message.slice(0, 200).split("\n");
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/\.$/, "");
}
