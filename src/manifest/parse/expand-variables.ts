/** Values by name. Only variables that were passed for this purpose, never the whole environment. Threat T20. */
export type Variables = ReadonlyMap<string, string>;

export type Expanded =
  | { readonly text: string }
  | { readonly problem: string; readonly hint: string }
  /** The variables of the text without a value, each once. */
  | { readonly unset: readonly string[] };

const DOLLAR = /\$(?:\$|\{([^}]*)(\}?))/g;
const REFERENCE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([^]*))?$/;

/**
 * Replaces `${NAME}` and `${NAME:-default}`; `$$` is a literal `$`, and any other `$` is kept. Inserted values are not expanded again. The
 * default applies if the variable is unset or empty.
 */
export function expandVariables(text: string, variables: Variables): Expanded {
  if (!text.includes("$")) return { text };
  let failure: Expanded | undefined;
  const unset = new Set<string>();
  const expanded = text.replaceAll(DOLLAR, (found: string, inner: string | undefined, brace: string) => {
    if (inner === undefined) return "$";
    const value = brace === "" ? malformed(found) : valueOf(inner, variables);
    if ("text" in value) return value.text;
    if ("unset" in value) for (const name of value.unset) unset.add(name);
    else failure ??= value;
    return "";
  });
  return failure ?? (unset.size > 0 ? { unset: [...unset] } : { text: expanded });
}

function valueOf(inner: string, variables: Variables): Expanded {
  const [, name, fallback] = REFERENCE.exec(inner) ?? [];
  if (name === undefined || fallback?.includes("${")) return malformed(`\${${inner}}`);
  const value = variables.get(name);
  if (fallback !== undefined && (value === undefined || value === "")) return { text: fallback };
  return value === undefined ? { unset: [name] } : { text: value };
}

function malformed(text: string): Expanded {
  return {
    problem: `"${text.slice(0, 60)}" is not a variable`,
    hint: "write ${NAME} or ${NAME:-DEFAULT}; a literal dollar sign before a brace is written $$",
  };
}
