import { InvalidArgumentError } from "commander";
import { parseHostName } from "../../app/watch/allowed-hosts.ts";
import type { GivenLease } from "../../app/watch/lease.ts";
import type { Place } from "../../app/watch/watching.ts";
import { parseLeaseName } from "../../cluster/lease.ts";
import { scheduleProblem } from "../../manifest/keys/schedule.ts";

// Each function parses the value of one flag of imgsync watch, and throws InvalidArgumentError with what to write instead.

export function readLease(text: string): GivenLease {
  const name = parseLeaseName(text);
  if (name !== undefined) return name;
  throw new InvalidArgumentError("write NAMESPACE/NAME or NAME, in lower case, such as imgsync/watch.");
}

export function readSchedule(text: string): string {
  const problem = scheduleProblem(text);
  if (problem === undefined) return text;
  throw new InvalidArgumentError(`${problem}.`);
}

export function readTimezone(text: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError("write a name such as UTC or Europe/Paris.");
  }
}

export function readJitter(text: string): number {
  if (/^[0-9]{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write seconds, from 0 to 9999.");
}

export function collectHostName(text: string, before: readonly string[] = []): readonly string[] {
  const name = parseHostName(text) ?? parseHostName(`[${text}]`);
  if (name !== undefined) return [...before, name];
  throw new InvalidArgumentError("write a host name or address without scheme and path, such as status.example.com.");
}

export function readPlace(text: string): Place | "off" {
  if (text === "off") return text;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new InvalidArgumentError("write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, or off.");
}
