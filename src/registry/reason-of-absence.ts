import type { AbsenceReason } from "../model/answer.ts";
import { adviceFor } from "../http/advice.ts";
import { describeReasons, parseErrorItems } from "../http/reasons.ts";

/** How registries say that there is no such tag or repository. */
const ABSENT = /not[ _]found|unknown|not known|does(?: not|n't) exist|no such/i;
/** What makes the same words mean that it is there, and is not served. */
const WITHHELD =
  /media ?type|schema|accept|support|polic|permi|denied|authori[sz]|forbid|quarantin|scan|block|vulnerab|expired|disabled|retention|limit/i;

/** Codes of refusals, whatever the message says. OCI distribution-spec, "Error Codes", and what others add to them. */
const REFUSED = /^(?:DENIED|FORBIDDEN|UNAUTHORIZED|TOOMANYREQUESTS|UNAVAILABLE|UNSUPPORTED|INTERNAL)/i;

/**
 * The words of a 404, where they are more than that there is nothing, such as Google's about images of schema 1. A page or a
 * text comes from something in front of the registry, which knows nothing about its tags. Undefined: it is absent.
 */
export function reasonOfAbsence(bytes: Uint8Array): AbsenceReason | undefined {
  const body = new TextDecoder().decode(bytes);
  if (body.trim() === "") return undefined;
  const items = parseErrorItems(body);
  const said = describeReasons(body, items);
  if (items.length > 0 && items.every(isPlain) && items.some(({ code }) => /^NAME_UNKNOWN$/i.test(code)))
    return { said, isOfRepository: true };
  if (items.length > 0 ? items.every(isPlain) : isObject(body) && (said === "" || saysAbsent(said))) return undefined;
  const hint = adviceFor(404, said);
  const words = said === "" ? "it answered with a web page" : said;
  return { said: words, ...(hint === undefined ? {} : { hint }) };
}

function isPlain({ code, message }: { readonly code: string; readonly message: string }): boolean {
  return !REFUSED.test(code) && saysAbsent(message === "" ? code : message);
}

function saysAbsent(text: string): boolean {
  return ABSENT.test(text) && !WITHHELD.test(text);
}

function isObject(body: string): boolean {
  try {
    return typeof JSON.parse(body) === "object";
  } catch {
    return false;
  }
}
