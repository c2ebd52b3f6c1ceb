import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFolder, runCli } from "../support/cli.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { smallImage } from "../support/images.ts";
import { requirePrograms, runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();
const REPOSITORIES = 12;
const TAGS = ["v1", "v2", "v3"];

type Lab = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  /** An entry of the manifest: literal tags, or a selector for every second one. */
  readonly entry: (number: number, tags?: string) => string;
  readonly manifest: (...more: readonly string[]) => string;
  /** The requests of a command, as `METHOD PATH`. */
  readonly requestsOf: (...args: readonly string[]) => Promise<readonly string[]>;
  /** Those of `plan`. */
  readonly requests: (...args: readonly string[]) => Promise<readonly string[]>;
  readonly write: (text: string) => Promise<void>;
  readonly folder: string;
};

/** Tags in sync in twelve repositories, with signatures to look for and a rule to prune. */
async function lab(): Promise<Lab> {
  const names = Array.from({ length: REPOSITORIES }, (_, number) => `up/r${number}`);
  const catalog = { kind: "answer", status: 200, body: JSON.stringify({ repositories: names }) } as const;
  const source = await start({ onRequest: ({ path }) => (path === "/v2/_catalog" ? catalog : undefined) });
  const target = await start();
  for (let number = 0; number < REPOSITORIES; number += 1)
    TAGS.forEach((tag, at) => {
      source.putImage(`up/r${number}`, tag, smallImage(at));
      target.putImage(`our/r${number}`, tag, smallImage(at));
    });
  const entry = (number: number, tags = number % 2 === 0 ? `[${TAGS.join(", ")}]` : '[{ glob: "v*" }]'): string =>
    `  - { source: ${source.host}/up/r${number}, target: ${target.host}/our/r${number}, tags: ${tags}, prune: ${tags.includes("glob")} }\n`;
  const entries = Array.from({ length: REPOSITORIES }, (_, number) => entry(number)).join("");
  const head = `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images:
`;
  const manifest = (...more: readonly string[]): string => head + entries + more.join("");
  const folder = await makeFolder({ "images.yaml": manifest() });
  onEnd(folder.remove);
  const requestsOf = async (...args: readonly string[]): Promise<readonly string[]> => {
    source.clearLog();
    target.clearLog();
    const { code, stdout, stderr } = await runCli(args, { cwd: folder.path });
    assert.equal(code, 0, stdout + stderr);
    const all = [...source.log, ...target.log];
    return all.map(({ method, path }) => `${method} ${path}`).toSorted();
  };
  const requests: Lab["requests"] = (...args) => requestsOf("plan", ...args);
  const write = (text: string): Promise<void> => folder.write("images.yaml", text).then(() => undefined);
  return { source, target, entry, manifest, requestsOf, requests, write, folder: folder.path };
}

/** The repositories that requests name. */
function repositoriesIn(requests: readonly string[]): readonly string[] {
  const names = requests.map((request) => /\/v2\/((?:up|our)\/r\d+)\//.exec(request)?.[1] ?? request);
  return [...new Set(names)].toSorted();
}

describe("the requests of a plan of a part", () => {
  it("with --only, are those for the matching target, whether its tags are literal or selected", async () => {
    const { target, requests } = await lab();
    const whole = await requests();
    for (const number of [4, 7]) {
      const part = await requests("--only", `${target.host}/our/r${number}:*`);
      assert.deepEqual(repositoriesIn(part), [`our/r${number}`, `up/r${number}`]);
      assert.ok(part.length <= whole.length / REPOSITORIES + 2, `${part.length} of ${whole.length}`);
    }
  });

  it("with --only for one tag, are the list of the selector and the looks at this tag", async () => {
    const { target, requests } = await lab();
    for (const number of [4, 7]) {
      const part = await requests("--only", `${target.host}/our/r${number}:v2`);
      const manifests = part.filter((request) => request.includes("/manifests/"));
      assert.deepEqual(manifests, [`HEAD /v2/our/r${number}/manifests/v2`, `HEAD /v2/up/r${number}/manifests/v2`]);
    }
  });

  it("with --only, include no list of repositories for a pattern with other targets", async () => {
    const { source, target, requestsOf, write, manifest } = await lab();
    const pattern = (from: string, to: string): string =>
      `  - { source: ${source.host}/${from}/**, target: ${target.host}/${to}, tags: [{ glob: "v*" }] }\n`;
    await write(manifest(pattern("up", "all")));
    // what the pattern copies to this repository, to be pulled
    TAGS.forEach((tag, at) => target.putImage("all/r4", tag, smallImage(at)));
    const only = (...globs: readonly string[]) => globs.flatMap((glob) => ["--only", `${target.host}/${glob}`]);
    for (const [args, lists] of [
      [["plan"], 1],
      [["plan", ...only("our/r4:*")], 0],
      [["plan", ...only("our/r4:*", "all/r4")], 1],
      [["plan", ...only("*/r4:v1")], 1],
      [["pull", "--print", ...only("our/r4:*")], 0],
      [["pull", "--print", ...only("all/r4:*")], 1],
      [["apply", "--dry-run", ...only("our/r4:*")], 0],
      [["apply", "--dry-run", ...only("all/**")], 1],
    ] as const) {
      const own = await requestsOf(...args);
      assert.equal(own.filter((request) => request.includes("/_catalog")).length, lists, args.join(" "));
    }
  });

  it("with --since, are those of the changed entry, and none if only comments changed", async (t) => {
    if (!requirePrograms(t, "git")) return;
    const { requests, manifest, entry, write, folder } = await lab();
    const git = (...args: readonly string[]) =>
      runProgramOk("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.test", ...args]);
    await git("init", "--quiet", "--initial-branch=main");
    await git("add", "--all");
    await git("commit", "--quiet", "--message=x");
    await write(manifest("# a comment\n"));
    assert.deepEqual(await requests("--since", "HEAD"), []);
    for (const number of [4, 7]) {
      await write(manifest().replace(entry(number), entry(number, "[v1]")));
      const part = await requests("--since", "HEAD");
      assert.deepEqual(repositoriesIn(part), [`our/r${number}`, `up/r${number}`]);
      const manifests = part.filter((request) => request.includes("/manifests/"));
      assert.deepEqual(manifests, [`HEAD /v2/our/r${number}/manifests/v1`, `HEAD /v2/up/r${number}/manifests/v1`]);
    }
  });
});
