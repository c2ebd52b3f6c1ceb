import type { Spending } from "../../model/spending.ts";
import { forTerminal, insideCiLog } from "../../text/sanitize.ts";
import type { Style } from "./style.ts";

/** How text is rendered for one place. */
export type RenderOptions = {
  readonly style: Style;
  /** Lines are wrapped to this width; undefined off a terminal: never. */
  readonly columns?: number | undefined;
  /** Also what needs no attention. */
  readonly verbose?: boolean | undefined;
  /** The text ends in the log of a CI job, whose runner reads commands from it. */
  readonly ci?: boolean | undefined;
  /** Target tags that an older revision of the manifest wished and this one does not. */
  readonly orphaned?: readonly string[] | undefined;
  /** What making the plan cost. */
  readonly spending?: Spending | undefined;
  /** What each place in the manifest asks for, by `FILE:LINE:COLUMN`. */
  readonly mappings?: ReadonlyMap<string, string> | undefined;
};

/** Makes foreign text safe inside a line of ours. */
export type Escape = (text: string) => string;

/** The sanitiser that fits the place. */
export function escapeFor({ ci }: Pick<RenderOptions, "ci">): Escape {
  return (text) => (ci === true ? insideCiLog(text) : forTerminal(text));
}
