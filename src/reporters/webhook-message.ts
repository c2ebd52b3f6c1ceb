import { formatReference } from "../model/reference.ts";
import { isClean, type RunRecord, type RunResult } from "../model/watch.ts";
import { describeBlock, describeErrorBriefly } from "./words/change-text.ts";
import { plural } from "./words/format.ts";
import { formatBytes } from "../model/size.ts";
import { clean, forJson } from "../text/sanitize.ts";

const SHOWN = 10;

/**
 * Renders a run as a chat message in the format of Slack's incoming webhooks, which others support too: `text`, and fields for programs.
 * Untrusted text cannot become a mention, a link or markup. `open`: the number of problems that still exist, whichever runs found them.
 */
export function renderWebhookMessage(name: string, record: RunRecord, open: number): string {
  const { outcomes, results, more, errors, transferredBytes } = record;
  const lines = [...errors.map((error) => describeErrorBriefly(error, escape)), ...results.map(describeResult)];
  const left = Math.max(0, lines.length - SHOWN) + more;
  const counts = (["applied", "blocked", "failed", "stale", "skipped"] as const)
    .filter((outcome) => outcomes[outcome] > 0)
    .map((outcome) => `${outcomes[outcome]} ${outcome}`);
  const moved = transferredBytes > 0 ? [`${formatBytes(transferredBytes)} moved`] : [];
  const wrong = errors.length > 0 ? [plural(errors.length, "error")] : [];
  const well = open === 0 ? "all tags in sync again" : "all due tags in sync again";
  const elsewhere = isClean(record) && open > 0 ? [`${open} elsewhere ${open === 1 ? "is" : "are"} not in sync`] : [];
  const summary = [...counts, ...wrong, ...moved].join(", ") || well;
  const head = `imgsync ${escape(name)}: ${[summary, ...elsewhere].join(", ")}`;
  const text = [head, ...lines.slice(0, SHOWN), ...(left > 0 ? [`and ${left} more`] : [])].join("\n");
  return forJson({ text, mrkdwn: false, clean: isClean(record), outcomes });
}

function describeResult({ change, result }: RunResult): string {
  const name = escape(formatReference(change.target));
  if (result.outcome === "applied") return `${change.action} ${name}`;
  if (result.outcome === "blocked") return `blocked ${name} ${describeBlock(result.block, escape)}`;
  return `${result.outcome} ${name}${result.error === undefined ? "" : `: ${describeErrorBriefly(result.error, escape)}`}`;
}

/** Slack interprets `&`, `<` and `>`; other services treat `@` as a mention unless an invisible character follows it. */
function escape(text: string): string {
  return clean(text)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "@\u200b");
}
