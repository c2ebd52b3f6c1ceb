import { type Digest, parseDigest } from "../../model/digest.ts";
import { defined } from "../../model/defined.ts";
import { layerId, readLayerNews, type TransferNews } from "./transfer-news.ts";

const DOCKER_LINE = /^([a-f0-9]{12}): (.+)$/;
const PODMAN_LINE = /^Copying blob (?:sha256:)?([a-f0-9]{12})[a-f0-9]*(.*)$/;
/** Only podman's debug output says that a blob was there already. */
const PODMAN_SKIPPED = /level=debug msg="Skipping blob sha256:([a-f0-9]{12})[a-f0-9]* \(already present\)/;
const NERDCTL_LINE =
  /^layer-sha256:([a-f0-9]{12})[a-f0-9]*: +([a-z]+)(?:.*\| *([0-9.]+ [A-Za-z]+)\/([0-9.]+ [A-Za-z]+))?/;
const NERDCTL_TOTAL = /^elapsed: ([0-9.]+) ?s.*\btotal: +([0-9.]+) ?([A-Za-z]*) +\(([0-9.]+ [A-Za-z]+)\/s\)/;
const UNITS = "BKMGTP";

/** Parses a line of `pull` or `push` output without a terminal. Returns undefined if it is about something else. */
export function parseLine(line: string): TransferNews | undefined {
  const docker = DOCKER_LINE.exec(line);
  if (docker !== null) return readLayerNews(docker[1] ?? "", docker[2] ?? "");
  const skipped = PODMAN_SKIPPED.exec(line);
  if (skipped !== null) return { kind: "layer", id: layerId(skipped[1] ?? ""), state: "present" };
  // podman reports the start of each blob and, when all blobs are there, that of the config
  if (line.startsWith("Copying config ")) return { kind: "rest-moved" };
  const podman = PODMAN_LINE.exec(line);
  if (podman !== null) {
    const isThere = /already exists/.test(podman[2] ?? "");
    return { kind: "layer", id: layerId(podman[1] ?? ""), state: isThere ? "present" : "seen" };
  }
  return parseNerdctl(line);
}

/** nerdctl reports bytes, but not which layers were there already: only its total leaves them out. */
function parseNerdctl(line: string): TransferNews | undefined {
  const total = NERDCTL_TOTAL.exec(line);
  if (total !== null) return readTotal(total);
  const [, id, state, current, all] = NERDCTL_LINE.exec(line) ?? [];
  if (id === undefined) return undefined;
  const layer = { kind: "layer", id } as const;
  if (state === "exists") return { ...layer, state: "present" };
  if (state === "done") return { ...layer, state: "moved" };
  const counts = defined({ current: bytesIn(current), total: bytesIn(all) });
  return counts.current === undefined ? { ...layer, state: "seen" } : { ...layer, state: "moving", ...counts };
}

/**
 * nerdctl cuts the total to six characters: `41.0 M`, and `582.0` without any unit. Then the unit follows from the rate, as the next one
 * would be 1024 times as much.
 */
function readTotal([, seconds = "", number = "", unit = "", rate = ""]: readonly string[]): TransferNews | undefined {
  const about = Number(seconds) * (bytesIn(rate) ?? 0);
  const power = Math.round(Math.log(about / Number(number)) / Math.log(1024));
  const bytes = Number(number) === 0 ? 0 : bytesIn(`${number} ${unit === "" ? (UNITS[power] ?? "?") : unit}`);
  return bytes === undefined ? undefined : { kind: "sent", bytes };
}

/** Reads `12.3 MiB`. */
function bytesIn(text: string | undefined): number | undefined {
  const [number, unit = ""] = text?.split(" ") ?? [];
  const power = unit === "" ? -1 : UNITS.indexOf(unit.slice(0, 1).toUpperCase());
  const value = Number(number) * 1024 ** power;
  return number === undefined || power < 0 || !Number.isFinite(value) ? undefined : Math.round(value);
}

/** Parses the digest at the end of push output: `staging: digest: sha256:… size: 523`. podman prints none. */
export function parsePushedDigest(text: string): Digest | undefined {
  for (const line of text.split("\n").toReversed()) {
    const digest = parseDigest(/(?:^|\s)digest: (\S+) size: \d+\s*$/.exec(line)?.[1] ?? "");
    if (digest !== undefined) return digest;
  }
  return undefined;
}
