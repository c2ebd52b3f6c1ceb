import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzip } from "./archive/gzip.ts";
import { type Entry, tar, within } from "./archive/tar.ts";
import { filesBelow } from "./files.ts";
import type { Release } from "./release.ts";

/** Packages the chart with the version of the release, as `helm package` does, but with the same bytes from the same sources. */
export async function packageChart({ root, name, version, time }: Release): Promise<Uint8Array> {
  const folder = join(root, "charts", name);
  const entries: Entry[] = [];
  for (const path of await filesBelow(folder)) {
    const text = await readFile(join(folder, path), "utf8");
    entries.push({ path, content: path === "Chart.yaml" ? withVersion(text, version) : text });
  }
  const license = { path: "LICENSE", content: await readFile(join(root, "LICENSE"), "utf8") };
  return gzip(tar(within(name, [...entries, license]), time));
}

function withVersion(chart: string, version: string): string {
  const changed = chart.replaceAll(/^(version|appVersion): 0\.0\.0$/gm, `$1: ${version}`);
  if (!changed.includes(`\nappVersion: ${version}\n`)) throw new Error("Chart.yaml does not have the version 0.0.0");
  return changed;
}
