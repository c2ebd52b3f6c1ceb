import type { Node } from "../../manifest/parse/nodes.ts";
import type { Place } from "../../model/foreign.ts";
import { isProblem, parsePrefix } from "../../model/reference.ts";
import type { Collector } from "../items/collect.ts";

/** Notes that the credentials of a registry are not carried over. Nothing of them is read. */
export function noteCredentials(where: Node | Place, written: string | undefined, out: Collector): void {
  const host = hostOf(written);
  out.note(
    where,
    host === undefined ? "the credentials of a registry" : `the credentials for ${host}`,
    `run docker login ${host ?? "HOST"}, whose credentials imgsync uses`,
  );
}

/** The host in a text that may have credentials in it; undefined if it is not only a host. */
export function hostOf(written: string | undefined): string | undefined {
  const parsed = written === undefined ? undefined : parsePrefix(written);
  return parsed === undefined || isProblem(parsed) ? undefined : parsed.host;
}
