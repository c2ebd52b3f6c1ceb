/** Converts a message of the yaml package to our form: one short line, lower case, no full stop. */
export function syntaxMessage(message: string): string {
  const [line = ""] = message.split("\n");
  const text = line.length > 200 ? `${line.slice(0, 200)}…` : line;
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");
}
