/** Text for a man page, in the language of man(7): no character of it is taken for a request, an escape or a typographic hyphen. */
export function plain(text: string): string {
  const escaped = text.replaceAll("\\", String.raw`\e`).replaceAll("-", String.raw`\-`);
  return escaped.replaceAll(/^(?=[.'])/gm, String.raw`\&`);
}

/** An argument of a request such as .TH, which takes hyphens as they are. */
export function quoted(text: string): string {
  return `"${text.replaceAll("\\", String.raw`\e`).replaceAll('"', String.raw`\(dq`)}"`;
}

export function bold(text: string): string {
  return String.raw`\fB${plain(text)}\fR`;
}

export function italic(text: string): string {
  return String.raw`\fI${plain(text)}\fR`;
}

/** A section with its lines. */
export function section(heading: string, lines: readonly string[]): readonly string[] {
  return [`.SH ${quoted(heading.toUpperCase())}`, ...lines];
}

/** A term with its description below it, indented. */
export function item(term: string, description: string): readonly string[] {
  return [".TP", term, plain(description)];
}

/** Lines that are shown as they are, in a fixed width. */
export function verbatim(text: string): readonly string[] {
  return [".RS 4", ".EX", ...text.split("\n").map(plain), ".EE", ".RE"];
}
