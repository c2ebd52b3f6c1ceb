// A tour without network, Docker or prompts: two registries in this process, real images, and the real command line.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type EmbeddedRegistry, startRegistry } from "../test/support/embedded-registry/registry.ts";
import { smallImage } from "../test/support/images.ts";
import { fillUpstream } from "./content.ts";

// on a terminal each layer pauses half-way, so that progress is visible
const isWatched = process.stderr.isTTY;
const upstream = await startRegistry({
  onRequest: ({ method, kind }) =>
    isWatched && method === "GET" && kind === "blob"
      ? { kind: "stall", bytes: 4_000_000, until: wait(1500) }
      : undefined,
});
const ours = await startRegistry({ immutable: { product: "artifact-registry", repositories: ["team/base"] } });
const folder = await mkdtemp(join(tmpdir(), "imgsync-demo-"));
const stop = async (): Promise<void> => {
  await Promise.all([upstream.stop(), ours.stop(), rm(folder, { recursive: true, force: true })]);
};

try {
  process.exitCode = await tour();
} finally {
  await stop();
}

async function tour(): Promise<number> {
  fill(upstream, ours);
  await write({ withMove: false });
  say("An images.yaml declares which tags must exist where. What would change?");
  const first = await imgsync("plan");
  say("Apply it:");
  const applied = await imgsync("apply", "--yes");
  say("And now? Nothing is written twice:");
  const second = await imgsync("plan");
  say("Try to move team/base:1.0, in a repository whose registry keeps tags immutable:");
  await write({ withMove: true });
  const refused = await imgsync("apply", "--yes");
  say("With a rule in images.yaml the plan says so before anything is written:");
  await write({ withMove: true, withRule: true });
  const blocked = await imgsync("plan");
  const codes = [first, applied, second, refused, blocked].join(" ");
  if (codes === "0 0 0 3 3") return 0;
  process.stderr.write(`the demo failed: exit codes ${codes}\n`);
  return 1;
}

function fill(from: EmbeddedRegistry, to: EmbeddedRegistry): void {
  fillUpstream(from);
  from.putImage("base", "1.0", smallImage(2));
  to.putImage("team/base", "1.0", smallImage(1));
}

async function write({ withMove, withRule = false }: { withMove: boolean; withRule?: boolean }): Promise<void> {
  const rule = `immutable:\n  - repositories: "*/team/**"\n    tags: ["1.*"]\n`;
  const move = `  - source: ${upstream.host}/base:1.0\n    target: ${ours.host}/team/base\n`;
  const text = `version: 1
registries:
  ${upstream.host}: { plainHttp: true }
  ${ours.host}: { plainHttp: true }
${withRule ? rule : ""}images:
  - source: ${upstream.host}/library/nginx
    target: ${ours.host}/mirror/nginx
    tags:
      - { semver: ">=1.27", latest: 2 }
      - { from: 1.27.3, to: [1.27, stable] }
  - source: ${upstream.host}/library/postgres
    target: ${ours.host}/mirror/postgres
    tags: [{ glob: "17.*" }]
${withMove ? move : ""}`;
  await writeFile(join(folder, "images.yaml"), text);
}

/** Runs the real command line on this terminal, in the folder of the demo. */
async function imgsync(...args: readonly string[]): Promise<number> {
  process.stdout.write(`$ imgsync ${args.join(" ")}\n`);
  const program = fileURLToPath(new URL("../bin/imgsync.js", import.meta.url));
  const runtime = process.versions["deno"] === undefined ? [] : ["run", "-A"];
  const child = spawn(process.execPath, [...runtime, program, ...args], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

function say(text: string): void {
  process.stdout.write(`\n# ${text}\n`);
}
