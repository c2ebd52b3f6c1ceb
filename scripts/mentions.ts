import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow } from "./package/files.ts";

/** What users type: the address of the repository (`https://github.com/OWNER/imgsync`) and the version. */
export type Mentioned = { readonly repository: string; readonly version: string };

const VERSION = String.raw`\d+\.\d+\.\d+`;
const FOLDERS = ["docs", "examples", "templates", "charts"];
const FILES = ["README.md", "action.yml"];
const TEXT = /\.(?:md|ya?ml)$/;

/**
 * Returns a text with the current address and version wherever it names them: actions, includes, images, npm packages, files of a release.
 * So both have only one place, package.json.
 */
export function withMentions(text: string, { repository, version }: Mentioned): string {
  const path = new URL(repository).pathname.slice(1);
  const rules: readonly (readonly [RegExp, string])[] = [
    [/https:\/\/github\.com\/[\w.-]+\/imgsync(?![\w-])/g, repository],
    [new RegExp(String.raw`(?<=/imgsync/releases/tag/v)${VERSION}`, "g"), version],
    [new RegExp(String.raw`(?<=uses: )[\w.-]+/imgsync@v${VERSION}`, "g"), `${path}@v${version}`],
    [new RegExp(String.raw`(?<=githubusercontent\.com/)[\w.-]+/imgsync/v${VERSION}`, "g"), `${path}/v${version}`],
    [/(?<=githubusercontent\.com\/)[\w.-]+\/imgsync(?=\/main\/schemas)/g, path],
    [/(?<=ghcr\.io\/)[\w.-]+\/imgsync(?![\w-])/g, path],
    [new RegExp(String.raw`(?<=/imgsync:|/imgsync/sync@v|\bimgsync@)${VERSION}`, "g"), version],
    [new RegExp(String.raw`(?<=\bimgsync-(?:chart-)?)${VERSION}(?=[-.])`, "g"), version],
  ];
  return rules.reduce((changed, [pattern, value]) => changed.replaceAll(pattern, value), text);
}

/** Returns the files that name another address or version than package.json, with what they should contain. */
export async function outdatedMentions(root: string): Promise<ReadonlyMap<string, string>> {
  const { version, homepage } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const mentioned = { version: String(version), repository: String(homepage).replace(/#.*/, "") };
  const found = new Map<string, string>();
  for (const path of await mentioningFiles(root)) {
    const text = await readFile(join(root, path), "utf8");
    const wanted = withMentions(text, mentioned);
    if (wanted !== text) found.set(path, wanted);
  }
  return found;
}

/** Returns the files in which users read how to get imgsync. */
export async function mentioningFiles(root: string): Promise<readonly string[]> {
  const below = await Promise.all(
    FOLDERS.map(async (folder) => (await filesBelow(join(root, folder))).map((path) => `${folder}/${path}`)),
  );
  return [...FILES, ...below.flat().filter((path) => TEXT.test(path))];
}
