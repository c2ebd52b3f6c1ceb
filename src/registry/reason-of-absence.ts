import type { AbsenceReason } from "../model/answer.ts";
import { adviceFor } from "../http/advice.ts";
import { describeReasons, parseErrorItems } from "../http/reasons.ts";
import { defined } from "../model/defined.ts";

/** Matches messages for a tag or repository that does not exist. */
const ABSENT = /not[ _]found|unknown|not known|does(?: not|n't) exist|no such/i;
/** Matches messages for content that exists but is not served, even if they match ABSENT. */
const WITHHELD =
  /media ?type|schema|accept|support|polic|permi|denied|authori[sz]|forbid|quarantin|scan|block|vulnerab|expired|disabled|retention|limit/i;

/** Codes of refusals, regardless of the message. OCI distribution-spec, "Error Codes", and extensions. */
const REFUSED = /^(?:DENIED|FORBIDDEN|UNAUTHORIZED|TOOMANYREQUESTS|UNAVAILABLE|UNSUPPORTED|INTERNAL)/i;

/**
 * Returns the reason in a 404 that means more than absence, such as Google's message about schema 1 images. A web page or plain text comes
 * from a proxy in front of the registry, which knows nothing about its tags. Returns undefined if the content is absent.
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
  return { said: words, ...defined({ hint }) };
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
