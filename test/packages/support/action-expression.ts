/** What an expression can name: `inputs.file`, `steps.plan.outputs.changes`. Unknown names are empty, as on GitHub. */
export type Names = (path: string) => string | undefined;

const TOKEN = /\s*(?:(==|!=|&&|\|\|)|'((?:[^']|'')*)'|([A-Za-z_][\w-]*(?:\.[\w-]+)+))/y;

/** Replaces each `${{ … }}` of a text. */
export function expand(text: string, names: Names): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/g, (_, expression: string) => evaluate(expression, names));
}

/**
 * Returns the value of an expression of GitHub Actions, in the part of its language that action.yml uses: names, text, `==`, `!=`, `&&` and `||`,
 * in this order of precedence. The empty text is false.
 * @throws if the expression has anything else
 */
export function evaluate(expression: string, names: Names): string {
  const tokens = tokensOf(expression.trim(), names);
  let at = 0;
  const comparison = (): string => {
    const left = tokens[at++];
    if (left === undefined || "operator" in left) throw new Error(`a value is missing in "${expression}"`);
    const next = tokens[at];
    if (next === undefined || !("operator" in next) || !["==", "!="].includes(next.operator)) return left.value;
    const right = tokens[at + 1];
    at += 2;
    if (right === undefined || "operator" in right) throw new Error(`a value is missing in "${expression}"`);
    // GitHub ignores case when it compares text
    const isEqual = left.value.toLowerCase() === right.value.toLowerCase();
    return isEqual === (next.operator === "==") ? "true" : "";
  };
  const chain = (operator: string, part: () => string, isDone: (value: string) => boolean): string => {
    let value = part();
    for (
      let next = tokens[at];
      next !== undefined && "operator" in next && next.operator === operator;
      next = tokens[at]
    ) {
      at += 1;
      const other = part();
      value = isDone(value) ? value : other;
    }
    return value;
  };
  const conjunction = (): string => chain("&&", comparison, (value) => value === "");
  const value = chain("||", conjunction, (value) => value !== "");
  if (at < tokens.length) throw new Error(`"${expression}" does not end where it should`);
  return value;
}

type Token = { readonly operator: string } | { readonly value: string };

function tokensOf(expression: string, names: Names): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < expression.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(expression);
    if (match === null) throw new Error(`cannot evaluate "${expression.slice(at)}"`);
    const [, operator, text, name] = match;
    if (operator !== undefined) tokens.push({ operator });
    else tokens.push({ value: name === undefined ? (text ?? "").replaceAll("''", "'") : (names(name) ?? "") });
    at = TOKEN.lastIndex;
  }
  return tokens;
}
