import type { Clock } from "../model/ports.ts";
import {
  type CredentialTrace,
  maskedTrace,
  type ProgramTrace,
  type RequestTrace,
  type Trace,
  type TraceEvent,
} from "../model/trace.ts";
import { forJson, forTerminal } from "../text/sanitize.ts";
import type { TextStream } from "./text-stream.ts";
import { formatDuration } from "./words/format.ts";
import { formatBytes } from "../model/size.ts";

export type TraceFormat = "text" | "json";

/** A line may include program arguments, so it may be longer than other untrusted text. */
const MAX_LINE = 4000;

/** Writes each event as one line: as text, or as a JSON object with the time. */
export function createTraceWriter(
  stream: Pick<TextStream, "write">,
  { format, clock }: { readonly format: TraceFormat; readonly clock: Pick<Clock, "now"> },
): Trace {
  return maskedTrace((event) => {
    const line =
      format === "json"
        ? forJson({ level: "debug", time: clock.now().toISOString(), ...event })
        : `debug: ${forTerminal(describe(event), MAX_LINE)}`;
    stream.write(`${line}\n`);
  });
}

function describe(event: TraceEvent): string {
  if (event.type === "request") return describeRequest(event);
  if (event.type === "retry")
    return `retry: attempt ${event.attempt} in ${formatDuration(event.waitMs)}: ${event.reason}`;
  if (event.type === "cache-hit") return `cache hit: ${event.cache} ${event.key}`;
  if (event.type === "credential") return describeCredential(event);
  return describeProgram(event);
}

function describeCredential({ repository, outcome, kind, source, expiresAt, isRenewal }: CredentialTrace): string {
  const what = outcome === "found" ? `${kind} from ${source}` : outcome;
  const until = expiresAt === undefined ? "" : `, expires ${expiresAt}`;
  return `credentials for ${repository}: ${what}${until}${isRenewal ? " (the registry refused the previous ones)" : ""}`;
}

function describeProgram({ file, arguments: words, exitCode, milliseconds }: ProgramTrace): string {
  const command = [file, ...(words === undefined ? ["(arguments hidden)"] : words.map(quote))].join(" ");
  const end = exitCode === undefined ? "did not finish" : `exit code ${exitCode}`;
  return `program: ${command}: ${end}, ${formatDuration(milliseconds)}`;
}

function describeRequest(event: RequestTrace): string {
  const { method, host, path, status, error, bytes, milliseconds, attempt, why, redirectedBy } = event;
  const end = [status, error].filter((part) => part !== undefined).join(" ");
  const reasons = [
    why,
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(redirectedBy === undefined ? [] : [`redirected by ${redirectedBy}`]),
  ];
  return `${method} ${host}${path} ${end} ${formatBytes(bytes)} ${formatDuration(milliseconds)} (${reasons.join(", ")})`;
}

/** Quotes an argument that would otherwise read as several. */
function quote(word: string): string {
  return word === "" || /\s/.test(word) ? JSON.stringify(word) : word;
}
