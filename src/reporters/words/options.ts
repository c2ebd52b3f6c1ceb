import type { Provenance } from "../../model/provenance.ts";
import type { Spending } from "../../model/spending.ts";
import { forTerminal, insideCiLog } from "../../text/sanitize.ts";
import type { Style } from "./style.ts";

/** How text is rendered for an output. */
export type RenderOptions = {
  readonly style: Style;
  /** Lines are wrapped to this width. Undefined off a terminal: no wrapping. */
  readonly columns?: number | undefined;
  /** Also show what needs no attention. */
  readonly verbose?: boolean | undefined;
  /** The text goes to a CI log, whose runner interprets commands in it. */
  readonly ci?: boolean | undefined;
  /** Target tags that were in an older revision of the manifest but are not in this one. */
  readonly orphaned?: readonly string[] | undefined;
  /** The cost of making the plan. */
  readonly spending?: Spending | undefined;
  /** What the plan was made from. */
  readonly provenance?: Provenance | undefined;
  /** The mapping at each position in the manifest, by `FILE:LINE:COLUMN`. */
  readonly mappings?: ReadonlyMap<string, string> | undefined;
};

/** Makes untrusted text safe inside one of our lines. */
export type Escape = (text: string) => string;

/** For outputs that escape text when they mark it up: HTML, and code spans of Markdown. */
export const asIs: Escape = (text) => text;

/** Returns the sanitiser for the output. */
export function escapeFor({ ci }: Pick<RenderOptions, "ci">): Escape {
  return (text) => (ci === true ? insideCiLog(text) : forTerminal(text));
}
