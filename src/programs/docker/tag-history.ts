import { memberOf, parseObject, textIn } from "../../model/json.ts";
import type { LocalImage } from "../../model/local-image.ts";
import type { Cancellable } from "../../model/ports.ts";
import { formatReference, isProblem, parseReference } from "../../model/reference.ts";
import type { DockerCli } from "./docker-cli.ts";
import type { MadeTag } from "./local-records.ts";
import { identifyProgram } from "./program.ts";

/** A tag, pull, load or build in the log of docker or podman. */
type LoggedChange = { readonly action: string; readonly id: string; readonly name: string; readonly time: number };

/** A tag is logged after the time that docker notes on the image, and after this machine's clock was read for the record. */
const LATER_MS = 10_000;

/** Actions that may set any tag of the image. */
const MAY_SET_ANY = new Set(["load", "import", "create", "build", "commit", "loadfromarchive"]);

/**
 * Reports whether imgsync was the last to set the tag, which still has the image `now`. The log of docker and podman says who set it since;
 * docker's log goes back 256 events and ends with its daemon. Then the time of the image's last tag decides, in the classic store only:
 * containerd's does not change it when a tag is set again. Only a yes is certain: whatever cannot be proven may be a user's tag.
 */
export async function isLastSetByUs(
  tag: MadeTag,
  now: LocalImage,
  { run, signal }: Cancellable & { readonly run: DockerCli },
): Promise<boolean> {
  const madeAt = Date.parse(tag.madeAt);
  if (Number.isNaN(madeAt)) return false;
  const log = await readLog(new Date(madeAt).toISOString(), { run, signal });
  const ours = log.findIndex(({ action, name }) => action === "tag" && isSameName(name, tag.name));
  const isNear = (log[ours]?.time ?? Number.POSITIVE_INFINITY) <= madeAt + LATER_MS;
  const isUnchanged = now.taggedAt !== undefined && now.taggedAt === tag.madeAt;
  // the log must also go up to the image's last tag
  const last = now.taggedAt === undefined || isUnchanged ? 0 : Date.parse(now.taggedAt);
  if (isNear && log.some(({ time }) => time >= last))
    return !log.slice(ours + 1).some((later) => mayHaveSet(later, tag));
  return isUnchanged && now.descriptor === undefined && !log.some((one) => mayHaveSet(one, tag));
}

async function readLog(
  since: string,
  { run, signal }: Cancellable & { readonly run: DockerCli },
): Promise<readonly LoggedChange[]> {
  const program = await identifyProgram(run, { signal });
  const given = { signal, mayFail: true };
  const rest = ["--since", since, "--filter", "type=image", "--format", "{{json .}}"];
  if (program?.kind === "podman") return parseLog((await run(["events", "--stream=false", ...rest], given)).stdout);
  if (program?.kind !== "docker") return [];
  // by the daemon's clock: until a later time, docker would wait for it
  const { stdout } = await run(["info", "--format", "{{.SystemTime}}"], given);
  const until = stdout.trim();
  if (Number.isNaN(Date.parse(until))) return [];
  return parseLog((await run(["events", "--until", until, ...rest], given)).stdout);
}

/** Reads the events of docker and podman, one JSON object in each line. */
export function parseLog(text: string): readonly LoggedChange[] {
  return text.split("\n").flatMap((line) => {
    const event = parseObject(line);
    if (event === undefined) return [];
    const actor = event.get("Actor");
    const nanoseconds = event.get("timeNano");
    const time = typeof nanoseconds === "number" ? nanoseconds / 1e6 : Date.parse(textIn(event.get("Time")) ?? "");
    const action = textIn(event.get("Action")) ?? textIn(event.get("Status"));
    const id = textIn(memberOf(actor, "ID")) ?? textIn(event.get("ID")) ?? "";
    const name = textIn(memberOf(memberOf(actor, "Attributes"), "name")) ?? textIn(event.get("Name")) ?? "";
    return action === undefined || Number.isNaN(time) ? [] : [{ action, id, name, time }];
  });
}

function mayHaveSet({ action, id, name }: LoggedChange, tag: MadeTag): boolean {
  if (action === "tag") return isSameName(name, tag.name);
  if (action === "pull") return isSameName(id, tag.name) || isSameName(name, tag.name);
  return MAY_SET_ANY.has(action) && id !== "" && tag.image.endsWith(id.slice(id.indexOf(":") + 1));
}

/** Docker shortens names at its default host. */
function isSameName(one: string, other: string): boolean {
  const [first, second] = [parseReference(one), parseReference(other)];
  return !isProblem(first) && !isProblem(second) && formatReference(first) === formatReference(second);
}
