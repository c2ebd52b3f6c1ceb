import { formatTag, type Repository } from "../../model/reference.ts";
import { forTerminal } from "../../text/sanitize.ts";
import { fitLine } from "../words/fit-line.ts";
import { displayWidth } from "../words/width.ts";

/** Minimum width of a name; numbers are left out before it is shortened further. */
export const MIN_NAME = 24;

/** Returns the target with as many trailing path parts as fit, after `…/` if some are missing. */
export function fitName(
  { target }: { readonly target: { readonly repository: Repository; readonly tag?: string } },
  columns: number,
): string {
  const { host, path } = target.repository;
  const tag = target.tag === undefined ? "" : formatTag(target.tag);
  const parts = [host, ...path.split("/")];
  const names = parts.map((_, at) => `${(at === 0 ? "" : "…/") + parts.slice(at).join("/")}${tag}`);
  const all = tag === "" ? names : [...names, `…${tag}`];
  const name = all.find((text) => displayWidth(text) <= columns) ?? all.at(-1) ?? "";
  return fitLine(forTerminal(name), columns);
}
