import type { Variables } from "../parse/expand-variables.ts";
import type { SourceText } from "../parse/source-text.ts";
import type { ReportAt } from "./report-at.ts";

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=[ \t]*(.*)$/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", $: "$" };

type Value = { readonly text: string } | { readonly problem: string };

/**
 * Reads lines of `NAME=VALUE`, as Docker Compose and dotenv do: an optional `export`, `#` comments, text in single quotes as written, text in
 * double quotes with the escapes \n, \r, \t, \", \\ and \$, and other text without spaces around it. A value is one line.
 */
export function readDotenv({ text, lineStarts }: SourceText, report: ReportAt): Variables {
  const variables = new Map<string, string>();
  for (const [index, start] of lineStarts.entries()) {
    const line = text.slice(start, (lineStarts[index + 1] ?? text.length + 1) - 1).replace(/\r$/, "");
    if (/^\s*(?:#|$)/.test(line)) continue;
    const range = [start, start + line.length] as const;
    const [, name, written = ""] = LINE.exec(line) ?? [];
    if (name === undefined) {
      report(range, {
        message: "this line is not a variable",
        hint: "write NAME=VALUE; a name has letters, digits and _",
      });
      continue;
    }
    const value = valueOf(written);
    if ("problem" in value) report(range, { message: `the value of "${name}" ${value.problem}` });
    else if (variables.has(name))
      report(range, { message: `the variable "${name}" occurs twice`, hint: "keep one of the two" });
    else variables.set(name, value.text);
  }
  return variables;
}

function valueOf(written: string): Value {
  const quote = written.charAt(0);
  if (quote !== "'" && quote !== '"') return checked(written.replace(/(?:^|\s)#.*$/, "").trim());
  const body = quote === "'" ? /^'([^']*)'(.*)$/.exec(written) : /^"((?:[^"\\]|\\.)*)"(.*)$/.exec(written);
  if (body === null) return { problem: "begins with a quote that does not end in this line" };
  const [, inner = "", rest = ""] = body;
  if (!/^\s*(?:#.*)?$/.test(rest)) return { problem: "has text after its closing quote" };
  return checked(quote === "'" ? inner : inner.replaceAll(/\\(.)/g, (all, char: string) => ESCAPES[char] ?? all));
}

/** Refuses control characters, which images.yaml cannot contain either. */
function checked(text: string): Value {
  // oxlint-disable-next-line no-control-regex -- the pattern looks for control characters
  return /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/.test(text)
    ? { problem: "has a control character" }
    : { text };
}
