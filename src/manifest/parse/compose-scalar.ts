import { Scalar } from "yaml";
import { expandVariables } from "./expand-variables.ts";
import type { ScalarNode } from "./nodes.ts";
import { SCALAR_WEIGHT, type Walk } from "./walk.ts";

/** Composes a scalar with its variables expanded, both as text and as a typed value. */
export function composeScalar(walk: Walk, scalar: Scalar.Parsed): ScalarNode {
  const range = [scalar.range[0], scalar.range[1]] as const;
  const { source, type } = scalar;
  const base = { kind: "scalar", weight: SCALAR_WEIGHT } as const;
  const expanded = walk.variables === undefined ? { text: source } : expandVariables(source, walk.variables);
  if (!("text" in expanded)) {
    if ("unset" in expanded) walk.noteUnset(range, expanded.unset);
    else walk.report(range, { message: expanded.problem, hint: expanded.hint });
    walk.markBroken(range);
    return { ...base, range, text: source, value: source };
  }
  const { text } = expanded;
  const isPlain = type === undefined || type === Scalar.PLAIN;
  if (!isPlain) return { ...base, range, text, value: text };
  return { ...base, range, text, value: text === source ? plainValue(scalar.value) : typeOf(text) };
}

function plainValue(value: unknown): ScalarNode["value"] {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

/** Returns the value of a plain scalar after its variables are expanded. YAML 1.2.2 section 10.3.2. */
function typeOf(text: string): ScalarNode["value"] {
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^(?:null|Null|NULL|~|)$/.test(text)) return null;
  return /^[-+]?[0-9]{1,15}$/.test(text) ? Number(text) : text;
}
