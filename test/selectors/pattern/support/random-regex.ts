import * as fc from "fast-check";

/** Marks a group that captures. */
const GROUP = "\u0000";
const LITERALS = ["a", "b", "1", "-", "é", "💥", "\\.", "\\n", "\\u{1F4A5}"];
const SETS = [".", "[ab]", "[^a]", "[a-c1]", "[^]", "[]", "[💥a]", "\\w", "\\W", "\\d", "\\s", "\\p{L}", "[^\\p{L}-]"];
const QUANTIFIERS = ["*", "+", "?", "{2}", "{0}", "{0,1}", "{0,2}", "{1,3}", "{2,}"].flatMap((one) => [one, `${one}?`]);

const part = fc.letrec<{ choice: string; sequence: string; atom: string; group: string }>(grammar).choice;

/** Valid regular expressions with the flag `u`. At most one of their groups has a name, `version`. */
export const randomRegex: fc.Arbitrary<string> = fc
  .oneof(
    fc.tuple(part, fc.nat()).map(([pattern, chosen]) => nameGroup(pattern, chosen)),
    fc
      .tuple(part, part, part)
      .map(([before, named, after]) => plain(`(?:${before})??(?<version>${named})(?:${after})?`)),
  )
  .filter((pattern) => pattern !== "" && pattern.length <= 200);

/** Texts that the expressions are likely to match, and lone surrogates. */
export const randomText: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom("a", "a", "b", "b", "1", "-", ".", "é", "💥", "\n", "\ud83d", "\udca5"),
  maxLength: 7,
});

function grammar(tie: fc.LetrecTypedTie<{ choice: string; sequence: string; atom: string; group: string }>) {
  const quantified = (atom: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.tuple(atom, fc.option(fc.constantFrom(...QUANTIFIERS), { nil: "" })).map((parts) => parts.join(""));
  const open = fc.constantFrom("(?:", "(?:", GROUP, GROUP);
  const look = fc.constantFrom("(?=", "(?!", "(?<=", "(?<!");
  return {
    choice: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 3, arbitrary: tie("sequence") },
      { weight: 1, arbitrary: fc.tuple(tie("sequence"), tie("sequence")).map((parts) => parts.join("|")) },
    ),
    sequence: fc.array(tie("atom"), { maxLength: 3 }).map((parts) => parts.join("")),
    atom: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 4, arbitrary: quantified(fc.constantFrom(...LITERALS)) },
      { weight: 3, arbitrary: quantified(fc.constantFrom(...SETS)) },
      { weight: 1, arbitrary: fc.constantFrom("^", "$", "\\b", "\\B") },
      { weight: 5, arbitrary: tie("group") },
    ),
    group: fc.oneof(
      { weight: 3, arbitrary: quantified(fc.tuple(open, tie("choice")).map(([start, inner]) => `${start}${inner})`)) },
      { weight: 1, arbitrary: fc.tuple(look, tie("choice")).map(([start, inner]) => `${start}${inner})`) },
    ),
  };
}

function nameGroup(pattern: string, chosen: number): string {
  const parts = pattern.split(GROUP);
  const named = 1 + (chosen % Math.max(1, parts.length - 1));
  return parts.map((part, at) => (at === 0 ? part : `${at === named ? "(?<version>" : "("}${part}`)).join("");
}

function plain(pattern: string): string {
  return pattern.replaceAll(GROUP, "(");
}
