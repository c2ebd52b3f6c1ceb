import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** What all packages of one release have in common. */
export type Release = {
  /** The repository's root folder. */
  readonly root: string;
  readonly name: string;
  /** From package.json, the only place that has it. */
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** `https://github.com/OWNER/NAME`, from package.json. */
  readonly repository: string;
  /** The time of all files, in seconds since 1970: equal sources give equal packages. */
  readonly time: number;
};

/**
 * Reads package.json. The time is SOURCE_DATE_EPOCH or else that of the commit (reproducible-builds.org/specs/source-date-epoch).
 * @throws if a field is missing, or if there is neither of the two times
 */
export async function readRelease(root: string): Promise<Release> {
  // our own file: a missing field fails below
  const fields = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Readonly<Record<string, unknown>> & {
    readonly repository: { readonly url: unknown };
  };
  const text = (name: string, value: unknown): string => {
    if (typeof value === "string" && value !== "") return value;
    throw new Error(`package.json has no ${name}`);
  };
  return {
    root,
    name: text("name", fields["name"]),
    version: text("version", fields["version"]),
    description: text("description", fields["description"]),
    license: text("license", fields["license"]),
    repository: webAddress(text("repository.url", fields.repository.url)),
    time: await timeOf(root),
  };
}

/** `git+https://github.com/OWNER/NAME.git` as the address of its page. */
function webAddress(url: string): string {
  return url.replace(/^git\+/, "").replace(/\.git$/, "");
}

async function timeOf(root: string): Promise<number> {
  const given = process.env["SOURCE_DATE_EPOCH"];
  if (given !== undefined && /^\d{1,11}$/.test(given)) return Number(given);
  if (given !== undefined) throw new Error(`SOURCE_DATE_EPOCH is not a number of seconds: "${given}"`);
  const log = await promisify(execFile)("git", ["log", "-1", "--format=%ct"], { cwd: root });
  return Number(log.stdout.trim());
}

/** `2026-11-29T04:00:00Z` */
export function timestamp({ time }: Release): string {
  return new Date(time * 1000).toISOString().replace(".000Z", "Z");
}
