import assert from "node:assert/strict";
import { planChecksum } from "../../src/documents/plan-checksum.ts";
import { describe, it } from "node:test";
import { type CliResult, finished, makeFolder, runCli, startCli } from "../support/cli.ts";
import type { EmbeddedRegistry } from "../support/embedded-registry/registry.ts";
import { isWrite } from "../support/embedded-registry/transcript.ts";
import { image, smallImage, twoPlatformIndex } from "../support/images.ts";
import { randomLayer } from "../support/layers.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type World = {
  readonly source: EmbeddedRegistry;
  readonly target: EmbeddedRegistry;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly folder: Awaited<ReturnType<typeof makeFolder>>;
  /** Writes images.yaml with these entries and the settings that loopback registries need. */
  readonly mapping: (text: string) => Promise<void>;
};

async function world(
  options: { source?: Parameters<typeof start>[0]; target?: Parameters<typeof start>[0] } = {},
): Promise<World> {
  const source = await start(options.source);
  const target = await start(options.target);
  const folder = await makeFolder();
  onEnd(folder.remove);
  return {
    source,
    target,
    folder,
    run: (...args) => runCli(args, { cwd: folder.path }),
    mapping: (text) =>
      folder.write(
        "images.yaml",
        `version: 1\nregistries:\n  ${source.host}: { plainHttp: true }\n  ${target.host}: { plainHttp: true }\n${text
          .replaceAll("SOURCE", source.host)
          .replaceAll("TARGET", target.host)}`,
      ),
  };
}

const ENTRY =
  "images:\n  - source: SOURCE/app\n    target: TARGET/mirror/app\n    tags: [v1, { from: v2, to: [2, stable] }]\n";

async function filled(options?: Parameters<typeof world>[0]): Promise<World> {
  const made = await world(options);
  made.source.putImage("app", "v1", twoPlatformIndex(1));
  made.source.putImage("app", "v2", smallImage(2));
  await made.mapping(ENTRY);
  return made;
}

describe("imgsync", () => {
  it("prints its version and its help on stdout", async () => {
    const { run } = await world();
    const version = await run("--version");
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
    const help = await run("--help");
    assert.equal(help.code, 0);
    for (const word of ["init", "validate", "plan", "apply", "Exit codes"]) assert.ok(help.stdout.includes(word), word);
  });

  it("exits 1 for an unknown command or flag and suggests the closest one", async () => {
    const { run } = await world();
    const command = await run("aply");
    assert.equal(command.code, 1);
    assert.match(command.stderr, /Did you mean apply\?/);
    const flag = await run("plan", "--detailed-exitcodes");
    assert.equal(flag.code, 1);
    assert.match(flag.stderr, /Did you mean --detailed-exitcode\?/);
    assert.equal(flag.stdout, "");
  });
});

describe("imgsync init", () => {
  it("writes a manifest that validates, and never overwrites one", async () => {
    const { run, folder } = await world();
    assert.equal((await run("init")).code, 0);
    assert.equal((await run("validate")).code, 0);
    await folder.write("images.yaml", "mine");
    const again = await run("init");
    assert.equal(again.code, 1);
    assert.match(again.stderr, /already exists/);
    assert.equal(await folder.read("images.yaml"), "mine");
  });
});

describe("imgsync validate", () => {
  it("reports all problems at once with their positions, and sends no request", async () => {
    const { run, mapping, source, target } = await world();
    await mapping("images:\n  - source: SOURCE/App\n    target: TARGET/app@sha256:1\n    tgas: [v1]\n");
    const result = await run("validate");
    assert.equal(result.code, 1);
    for (const part of ["images.yaml:6:", "images.yaml:7:", "images.yaml:8:", 'did you mean "tags"'])
      assert.ok(result.stderr.includes(part), `${part} in ${result.stderr}`);
    assert.equal(source.log.length + target.log.length, 0);
  });

  it("suggests imgsync init when there is no manifest", async () => {
    const { run } = await world();
    const result = await run("validate");
    assert.equal(result.code, 1);
    assert.match(result.stderr, /imgsync init/);
  });
});

describe("imgsync plan", () => {
  it("shows what would change, writes nothing, and exits 2 with --detailed-exitcode", async () => {
    const { run, target } = await filled();
    const result = await run("plan");
    assert.equal(result.code, 0);
    assert.match(result.stdout, /plan: 3 to create/);
    assert.equal(target.log.filter(isWrite).length, 0);
    assert.equal((await run("plan", "--detailed-exitcode")).code, 2);
  });

  it("sends one HEAD per tag to each side and looks up referrers once per image when nothing changes", async () => {
    const { run, source, target } = await filled();
    assert.equal((await run("apply", "--yes")).code, 0);
    source.clearLog();
    target.clearLog();
    const result = await run("plan", "--detailed-exitcode");
    assert.equal(result.code, 0);
    assert.match(result.stdout, /No changes/);
    assert.deepEqual(
      source.log.map(({ method, kind }) => `${method} ${kind}`).toSorted(),
      ["GET referrers", "GET referrers", "GET tags", "HEAD manifest", "HEAD manifest"],
      "v2 is looked up once for two targets",
    );
    assert.deepEqual(
      target.log.map(({ method }) => method),
      ["HEAD", "HEAD", "HEAD"],
    );
  });

  it("prints one JSON document, the same as --out writes, without absolute paths", async () => {
    const { run, folder } = await filled();
    const result = await run("plan", "--format", "json", "--out", "plan.json");
    assert.equal(result.code, 0);
    const plan = JSON.parse(result.stdout);
    assert.equal(plan.version, 1);
    assert.equal(plan.changes.length, 3);
    assert.deepEqual(JSON.parse(await folder.read("plan.json")), plan);
    assert.ok(!result.stdout.includes(folder.path));
  });

  it("prints equivalent docker commands with --format shell", async () => {
    const { run } = await filled();
    const result = await run("plan", "--format", "shell");
    assert.match(result.stdout, /^#!\/bin\/sh\n/);
    assert.match(result.stdout, /docker push/);
  });

  it("exits 1 when a source is missing, and still shows the other changes", async () => {
    const { run, mapping } = await filled();
    await mapping(`${ENTRY}  - { source: "SOURCE/none:v1", target: TARGET/none }\n`);
    const result = await run("plan");
    assert.equal(result.code, 1);
    assert.match(result.stdout, /3 to create, 1 error/);
  });

  it("exits 3 for a moved tag under an immutable rule, and shows the position of the rule", async () => {
    const { run, mapping, target } = await filled();
    target.putImage("mirror/app", "v1", smallImage(9));
    await mapping(`immutable:\n  - repositories: "*/mirror/**"\n    tags: ["v*"]\n${ENTRY}`);
    const result = await run("plan");
    assert.equal(result.code, 3);
    assert.match(result.stdout, /blocked {2}v1 .*images\.yaml:6:5/);
    const applied = await run("apply", "--yes");
    assert.equal(applied.code, 3);
    assert.equal(target.log.filter(isWrite).length, 0);
  });

  it("keeps only what --only matches, and fails if that is nothing", async () => {
    const { run } = await filled();
    const result = await run("plan", "--only", "**/*:stable");
    assert.match(result.stdout, /1 to create/);
    const nothing = await run("plan", "--only", "nowhere/**");
    assert.equal(nothing.code, 1);
    assert.match(nothing.stderr, /matches no target/);
  });

  it("expands variables from --var and IMGSYNC_VAR_, and no others", async () => {
    const made = await world();
    made.source.putImage("app", "v1", smallImage(1));
    await made.mapping("images:\n  - source: SOURCE/app:${TAG}\n    target: TARGET/${TEAM:-mirror}/app\n");
    assert.match((await made.run("plan", "--var", "TAG=v1")).stdout, /mirror\/app\n {2}create {3}v1/);
    const byEnvironment = await runCli(["plan"], {
      cwd: made.folder.path,
      environment: { IMGSYNC_VAR_TAG: "v1", TEAM: "stolen" },
    });
    assert.match(byEnvironment.stdout, /mirror\/app\n/);
    const unset = await runCli(["plan"], { cwd: made.folder.path, environment: { TAG: "v1" } });
    assert.equal(unset.code, 1);
    assert.match(unset.stderr, /--var TAG=/);
  });

  it("reports why a registry cannot be reached", async () => {
    const made = await filled();
    await made.source.stop();
    const result = await made.run("plan");
    assert.equal(result.code, 1);
    assert.match(result.stdout, /cannot reach 127\.0\.0\.1:\d+: the connection was refused/);
  });
});

describe("imgsync apply", () => {
  it("restores lost content with --repair without writing a tag, and requires --yes when not on a terminal", async () => {
    const { run, target } = await filled();
    assert.equal((await run("apply", "--yes")).code, 0);
    const [blob] = smallImage(2).blobs;
    target.store.deleteBlob("mirror/app", blob?.descriptor.digest ?? "");
    target.clearLog();
    assert.match((await run("apply", "--yes")).stdout, /^Nothing to do/);
    const unasked = await run("apply", "--repair");
    assert.deepEqual([unasked.code, target.countRequests(isWrite)], [1, 0]);
    assert.match(unasked.stderr, /cannot ask for confirmation: not a terminal \[USAGE\]\n {2}hint: add --yes/);
    const repaired = await run("apply", "--repair", "--yes");
    assert.equal(repaired.code, 0, repaired.stderr);
    assert.match(repaired.stdout, /^applied .*\/mirror\/app:\S+ .*, note: repaired 1 blob$/m);
    assert.equal(target.countRequests({ method: "PUT", kind: "manifest" }), 0);
    assert.match((await run("apply", "--repair", "--yes")).stdout, /^Nothing to do/);
  });

  it("applies changes, prints each on stderr and the summary on stdout, and writes nothing the second time", async () => {
    const { run, target } = await filled();
    const result = await run("apply", "--yes");
    assert.equal(result.code, 0);
    assert.match(result.stdout, /apply: 3 applied/);
    assert.equal(result.stderr.match(/^applied /gm)?.length, 3);
    assert.deepEqual([...target.store.tags("mirror/app").keys()].sort(), ["2", "stable", "v1"]);
    target.clearLog();
    const again = await run("apply", "--yes");
    assert.equal(again.code, 0);
    assert.equal(target.log.filter(isWrite).length, 0);
  });

  it("fails without --yes before any request when not on a terminal, also with a saved plan or nothing to do", async () => {
    const { run, source, target } = await filled();
    await run("plan", "--out", "plan.json");
    const expectRefusal = async (...words: readonly string[]): Promise<void> => {
      source.clearLog();
      target.clearLog();
      const { code, stderr } = await run("apply", ...words);
      assert.equal(code, 1, words.join(" "));
      assert.match(stderr, /cannot ask for confirmation: not a terminal \[USAGE\]\n {2}hint: add --yes/);
      assert.deepEqual([source.log.length, target.log.length], [0, 0], words.join(" "));
    };
    await expectRefusal();
    await expectRefusal("plan.json");
    await expectRefusal("--format", "json");
    assert.equal((await run("apply", "--yes")).code, 0);
    await expectRefusal();
  });

  it("needs no --yes for a dry run", async () => {
    const { run, target } = await filled();
    const dry = await run("apply", "--dry-run");
    assert.equal(dry.code, 0);
    assert.match(dry.stdout, /3 to create/);
    assert.equal(target.log.filter(isWrite).length, 0);
  });

  it("applies a saved plan as reviewed, even if the source has moved", async () => {
    const { run, source, target } = await filled();
    await run("plan", "--out", "plan.json");
    const reviewed = source.store.tags("app").get("v1");
    source.putImage("app", "v1", smallImage(77));
    const result = await run("apply", "plan.json", "--yes");
    assert.equal(result.code, 0);
    assert.equal(target.store.tags("mirror/app").get("v1"), reviewed);
  });

  it("refuses a saved plan that was edited, truncated or made from another manifest, before the first write", async () => {
    const { run, mapping, folder, target } = await filled();
    await run("plan", "--out", "plan.json");
    const plan = await folder.read("plan.json");
    const elsewhere = JSON.parse(plan.replaceAll("mirror/app:v1", "elsewhere/app:v1"));
    await folder.write("edited.json", JSON.stringify(elsewhere));
    assert.match((await run("apply", "edited.json", "--yes")).stderr, /its checksum does not match/);
    await folder.write("edited.json", JSON.stringify({ ...elsewhere, checksum: planChecksum(elsewhere) }));
    const edited = await run("apply", "edited.json", "--yes");
    assert.equal(edited.code, 1);
    assert.match(edited.stderr, /this change is not in the manifest/);
    await folder.write("broken.json", plan.slice(0, -20));
    assert.equal((await run("apply", "broken.json", "--yes")).code, 1);
    await mapping(ENTRY.replace("v1", "v2"));
    const outdated = await run("apply", "plan.json", "--yes");
    assert.equal(outdated.code, 1);
    assert.match(outdated.stderr, /the plan was made from another version of "images\.yaml"/);
    assert.equal(target.log.filter(isWrite).length, 0);
  });

  it("reports a change of a saved plan as stale, applies the others and exits 4", async () => {
    const { run, target } = await filled();
    await run("plan", "--out", "plan.json");
    target.putImage("mirror/app", "v1", smallImage(5));
    const result = await run("apply", "plan.json", "--yes");
    assert.equal(result.code, 4);
    assert.match(result.stdout, /2 applied, 1 stale/);
    assert.equal(target.store.tags("mirror/app").get("v1"), smallImage(5).digest);
  });

  it("prints events as JSON lines, the report last", async () => {
    const { run } = await filled();
    const result = await run("apply", "--yes", "--format", "json");
    assert.equal(result.code, 0);
    const events = result.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(events[0].type, "run.started");
    assert.equal(events.at(-1).type, "run.finished");
    assert.equal(events.filter(({ type }) => type === "change.finished").length, 3);
  });

  it("skips blocked changes with --skip-blocked and still exits 3", async () => {
    const { run, mapping, target } = await filled();
    target.putImage("mirror/app", "v1", smallImage(9));
    await mapping(`immutable:\n  - repositories: "**"\n${ENTRY}`);
    const result = await run("apply", "--yes", "--skip-blocked");
    assert.equal(result.code, 3);
    assert.match(result.stdout, /2 applied, 1 blocked/);
  });

  it("exits 130 on SIGINT and 143 on SIGTERM, and leaves no tag for an incomplete image", async () => {
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const stuck = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      const made = await world({
        source: {
          onRequest: ({ method, kind }) => {
            if (method !== "GET" || kind !== "blob") return undefined;
            reached.resolve();
            return { kind: "stall", bytes: 10_000, until: stuck.promise };
          },
        },
      });
      made.source.putImage("app", "v1", image({ layers: [randomLayer({ size: 1_000_000, seed: 1 })] }));
      await made.mapping('images:\n  - { source: "SOURCE/app:v1", target: TARGET/app }\n');
      const child = startCli(["apply", "--yes"], { cwd: made.folder.path });
      const end = finished(child);
      // if the program ends early, the test must fail instead of hanging
      await Promise.race([reached.promise, end]);
      // not child.kill: Deno then reports the signal instead of the exit code, even if the program handled it
      process.kill(child.pid ?? 0, signal);
      const result = await end;
      stuck.resolve();
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stdout, /interrupted/);
      assert.equal(made.target.store.tags("app").size, 0);
      assert.equal((await made.run("plan")).code, 0);
    }
  });

  it("converges after kill -9 in the middle of a layer", async () => {
    const stuck = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    let isStalling = true;
    const made = await world({
      source: {
        onRequest: ({ method, kind }) => {
          if (!isStalling || method !== "GET" || kind !== "blob") return undefined;
          reached.resolve();
          return { kind: "stall", bytes: 300_000, until: stuck.promise };
        },
      },
    });
    const copied = image({ layers: [randomLayer({ size: 1_000_000, seed: 1 })] });
    made.source.putImage("app", "v1", copied);
    await made.mapping('images:\n  - { source: "SOURCE/app:v1", target: TARGET/app }\n');
    const child = startCli(["apply", "--yes"], { cwd: made.folder.path });
    const end = finished(child);
    // if the program ends early, the test must fail instead of hanging
    await Promise.race([reached.promise, end]);
    child.kill("SIGKILL");
    assert.equal((await end).signal, "SIGKILL");
    stuck.resolve();
    isStalling = false;
    assert.equal(made.target.store.tags("app").size, 0);
    assert.equal((await made.run("apply", "--yes")).code, 0);
    assert.equal(made.target.store.tags("app").get("v1"), copied.digest);
  });

  it("completes when its output is no longer read", async () => {
    const { folder, target } = await filled();
    const child = startCli(["apply", "--yes"], { cwd: folder.path });
    child.stdout?.destroy();
    child.stderr?.destroy();
    const code = await new Promise((resolve) => child.once("close", resolve));
    assert.equal(code, 0);
    assert.equal(target.store.tags("mirror/app").size, 3);
  });
});

describe("imgsync --untrusted", () => {
  it("connects only to registries in the user's own settings", async () => {
    const { folder, source, target } = await filled();
    await folder.write("own.yaml", `registries:\n  ${source.host}: { plainHttp: true }\n`);
    const result = await runCli(["plan", "--untrusted", "--config", "own.yaml"], { cwd: folder.path });
    assert.equal(result.code, 1);
    assert.match(result.stdout, /not a registry that your own settings name/);
    assert.ok(source.log.length > 0);
    assert.equal(target.log.length, 0);
  });
});
