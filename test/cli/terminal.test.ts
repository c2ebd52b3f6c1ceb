import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { RegistryOptions } from "../support/embedded-registry/options.ts";
import { makeFolder } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { requireProgram } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";
import type { Screen } from "../support/screen.ts";
import { CTRL_C, startInTerminal, type TerminalOptions } from "../support/terminal.ts";

const { registry: start, onEnd } = createScope();
const TAGS = ["v1", "v2", "v3"];
const SPINNER = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

type Options = Omit<TerminalOptions, "cwd"> & { readonly target?: RegistryOptions };

/** Starts imgsync on a terminal, with three tags to copy. Undefined if there is no terminal here. */
async function open(t: TestContext, args: readonly string[], { target: options = {}, ...terminal }: Options = {}) {
  if (!requireProgram(t, "script")) return undefined;
  const source = await start();
  const target = await start(options);
  for (const [at, tag] of TAGS.entries()) source.putImage("app", tag, smallImage(at));
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries:
  "${source.host}": { plainHttp: true }
  "${target.host}": { plainHttp: true }
images:
  - source: "${source.host}/app"
    target: "${target.host}/mirror/app"
    tags: [${TAGS.join(", ")}]
`,
  });
  onEnd(folder.remove);
  return { ...startInTerminal(args, { ...terminal, cwd: folder.path }), source, target, folder };
}

function shows(text: string): (screen: Screen) => boolean {
  // a line that is broken at the edge of the terminal goes on in the next one
  return (screen) => screen.lines().join(" ").replaceAll(/\s+/g, " ").includes(text);
}

/** Returns the lines with the times and ports of this run replaced. */
function still(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replaceAll(/\d+(?:\.\d+)? m?s\b/g, "TIME").replaceAll(/127\.0\.0\.1:\d+/g, "HOST"));
}

/** A target that holds back the answer to the first tag's PUT until `release` is called. */
function holdFirstTag() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isFirst = true;
  const target: RegistryOptions = {
    onRequest: ({ method, path }) => {
      if (method !== "PUT" || !/\/manifests\/v\d$/.test(path) || !isFirst) return undefined;
      isFirst = false;
      return { kind: "delay", until: promise };
    },
  };
  return { target, release: resolve };
}

const ONE_AT_A_TIME = { IMGSYNC_CONCURRENCY: "1" };

describe("imgsync apply on a terminal", () => {
  it("leaves phases, changes and the counts on the screen, and nothing of what was redrawn", async (t) => {
    const run = await open(t, ["apply", "--yes"], { environment: ONE_AT_A_TIME });
    if (run === undefined) return;
    assert.equal(await run.ended, 0);
    const lines = still(run.screen.lines());
    assert.deepEqual(lines.slice(0, 2), ["✔ read images.yaml: 1 entry (TIME)", "✔ read registries: 13 lookups (TIME)"]);
    assert.match(lines[2] ?? "", /^✔ plan: 3 to create, at most [\d.]+ KiB to move \(TIME\)$/);
    for (const [at, tag] of TAGS.entries())
      assert.match(
        lines[3 + at] ?? "",
        new RegExp(`^✔ HOST/mirror/app:${tag}  created sha256:\\w{12}, [\\d.]+ K?i?B in TIME$`),
      );
    assert.match(lines[6] ?? "", /^✔ apply: 3 applied, [\d.]+ KiB moved in TIME$/);
    assert.equal(lines.length, 7);
    assert.ok(run.screen.isCursorVisible());
    assert.equal(run.screen.cursorColumn(), 0);
  });

  it("asks for confirmation below the plan", async (t) => {
    const run = await open(t, ["apply"], { columns: 60, rows: 12 });
    if (run === undefined) return;
    await run.until(shows("Type yes to confirm:"));
    assert.ok(run.screen.isCursorVisible());
    run.press("yes\r");
    assert.equal(await run.ended, 0);
    const lines = still(run.screen.lines());
    assert.match(lines.at(-1) ?? "", /^✔ apply: 3 applied/);
    assert.equal(lines.filter((line) => /^✔ .*app:v\d {2}created/.test(line)).length, 3, lines.join("\n"));
    assert.equal(run.target.store.tags("mirror/app").size, 3);
  });

  it("writes nothing and says so if the answer is not yes", async (t) => {
    const run = await open(t, ["apply"], { columns: 60, rows: 12 });
    if (run === undefined) return;
    await run.until(shows("Type yes to confirm:"));
    run.press("no\r");
    assert.equal(await run.ended, 1);
    assert.equal(run.screen.lines().at(-1), "warning: cancelled, nothing was written");
    assert.equal(run.target.store.tags("mirror/app").size, 0);
  });

  it("fits a terminal of few rows, and one that is resized while it runs", async (t) => {
    const { target, release } = holdFirstTag();
    const run = await open(t, ["apply", "--yes"], { rows: 3, target });
    if (run === undefined) return;
    const isDrawn = (screen: Screen): boolean => screen.visible().some((line) => SPINNER.test(line));
    await run.until((screen) => isDrawn(screen) && shows("apply: ")(screen));
    await run.resize(60, 10);
    await run.until((screen) => screen.visible().some((line) => /^ {2}\S .*app:v\d.{0,30}$/.test(line)));
    release();
    assert.equal(await run.ended, 0);
    assert.match(run.screen.lines().at(-1) ?? "", /^✔ apply: 3 applied/);
    assert.deepEqual(
      run.screen.visible().filter((line) => SPINNER.test(line)),
      [],
    );
    assert.ok(run.screen.isCursorVisible());
  });

  it("uses colours by default, and none with NO_COLOR", async (t) => {
    for (const [environment, isColored] of [
      [{}, true],
      [{ NO_COLOR: "1" }, false],
    ] as const) {
      const run = await open(t, ["apply", "--yes"], { environment });
      if (run === undefined) return;
      assert.equal(await run.ended, 0);
      // oxlint-disable-next-line no-control-regex
      assert.equal(/\u001B\[[\d;]*m/.test(run.written()), isColored);
      assert.ok(shows("✔ apply: 3 applied")(run.screen));
    }
  });

  for (const [name, args, environment] of [
    ["with --progress plain", ["--progress", "plain"], {}],
    ["on a terminal that cannot move its cursor", [], { TERM: "dumb" }],
  ] as const) {
    it(`redraws nothing ${name}`, async (t) => {
      const run = await open(t, ["apply", "--yes", ...args], { environment: { ...environment, ...ONE_AT_A_TIME } });
      if (run === undefined) return;
      assert.equal(await run.ended, 0);
      assert.doesNotMatch(run.written(), SPINNER);
      assert.ok(!run.written().includes("✔"), run.written());
      const own = still(run.screen.lines()).filter((line) => line.startsWith("applied"));
      assert.equal(own.length, TAGS.length, run.written());
    });
  }

  it("redraws no changes with --verbose, which prints each of them", async (t) => {
    const run = await open(t, ["apply", "--yes", "--verbose"], { environment: ONE_AT_A_TIME });
    if (run === undefined) return;
    assert.equal(await run.ended, 0);
    const [, changes = ""] = run.written().split("applying 3 changes");
    for (const tag of TAGS) assert.match(changes, new RegExp(`applied.*app:${tag}`));
    assert.doesNotMatch(changes, SPINNER);
  });

  it("prints nothing with --quiet", async (t) => {
    const run = await open(t, ["apply", "--yes", "--quiet"]);
    if (run === undefined) return;
    assert.equal(await run.ended, 0);
    assert.deepEqual(run.screen.lines(), []);
  });
});

describe("Ctrl-C during imgsync apply", () => {
  it("lets changes in progress finish, and starts no others", async (t) => {
    const { target, release } = holdFirstTag();
    const run = await open(t, ["apply", "--yes"], { environment: ONE_AT_A_TIME, target });
    if (run === undefined) return;
    await run.until(shows("app:v1"));
    run.press(CTRL_C);
    await run.until(
      shows(
        "interrupted: no new changes start, and 1 change in progress may finish within 10 seconds; a second Ctrl-C cancels",
      ),
    );
    release();
    assert.equal(await run.ended, 130);
    assert.ok(shows("⚠ apply: 1 applied, 2 skipped")(run.screen));
    assert.ok(shows("interrupted: 1 of 3 tags finished and are kept; run the same command to continue")(run.screen));
    assert.deepEqual([...run.target.store.tags("mirror/app").keys()], ["v1"]);
    assert.ok(run.screen.isCursorVisible());
  });

  it("cancels changes in progress when it is pressed again", async (t) => {
    const { target } = holdFirstTag();
    const run = await open(t, ["apply", "--yes"], { environment: ONE_AT_A_TIME, target });
    if (run === undefined) return;
    await run.until(shows("app:v1"));
    run.press(CTRL_C);
    await run.until(shows("a second Ctrl-C cancels"));
    run.press(CTRL_C);
    assert.equal(await run.ended, 130);
    assert.ok(shows("interrupted again: 1 change in progress is cancelled now")(run.screen));
    assert.match(still(run.screen.lines()).join("\n"), /^↓ skipped {2}HOST\/mirror\/app:v1$/m);
    assert.ok(!shows("created")(run.screen), "a change that was cancelled is not shown as made");
    assert.ok(shows("apply: 3 skipped")(run.screen));
    assert.ok(run.screen.isCursorVisible());
  });

  it("cancels changes in progress that take too long to finish", async (t) => {
    const { target } = holdFirstTag();
    const environment = { ...ONE_AT_A_TIME, IMGSYNC_DRAIN_MS: "1" };
    const run = await open(t, ["apply", "--yes"], { environment, target });
    if (run === undefined) return;
    await run.until(shows("app:v1"));
    run.press(CTRL_C);
    assert.equal(await run.ended, 130);
    assert.ok(shows("not finished within 1 second: 1 change in progress is cancelled")(run.screen));
  });

  it("stops at once while registries are read", async (t) => {
    const target: RegistryOptions = { onRequest: () => ({ kind: "silence" }) };
    const run = await open(t, ["apply", "--yes"], { target });
    if (run === undefined) return;
    await run.until(shows("reading registries"));
    run.press(CTRL_C);
    assert.equal(await run.ended, 130);
    assert.match(run.screen.lines().at(-1) ?? "", /^error: interrupted \[INTERRUPTED\]$/);
    assert.ok(run.screen.isCursorVisible());
  });
});

describe("other commands on a terminal", () => {
  it("plan shows its phases above the plan", async (t) => {
    const run = await open(t, ["plan"], { columns: 60 });
    if (run === undefined) return;
    assert.equal(await run.ended, 0);
    const [manifest, registries, repository] = still(run.screen.lines());
    assert.deepEqual(
      [manifest, registries, repository],
      ["✔ read images.yaml: 1 entry (TIME)", "✔ read registries: 13 lookups (TIME)", "HOST/mirror/app"],
    );
    assert.match(run.screen.lines().at(-1) ?? "", /^plan: 3 to create, at most [\d.]+ KiB to move$/);
  });

  it("list leaves nothing of its progress above the table", async (t) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!requireProgram(t, "script")) return;
    const registry = await start({ onRequest: () => promise });
    registry.putImage("app", "v1", smallImage(1));
    const folder = await makeFolder({
      "images.yaml": `version: 1\nregistries: { "${registry.host}": { plainHttp: true } }\nimages: []\n`,
    });
    onEnd(folder.remove);
    const args = ["list", `${registry.host}/app`, "-f", "images.yaml"];
    const run = startInTerminal(args, { cwd: folder.path, columns: 60 });
    await run.until((screen) =>
      screen.visible().some((line) => SPINNER.test(line) && line.includes("reading 127.0.0.1")),
    );
    resolve();
    assert.equal(await run.ended, 0);
    const lines = run.screen.lines();
    assert.deepEqual(
      lines.filter((line) => SPINNER.test(line)),
      [],
    );
    assert.match(lines.slice(-2).join("\n"), /^DIGEST +TAGS +CREATED +SIZE\nsha256:\w{12}… {2}v1 {2}.* B$/);
  });

  it("watch says what the first Ctrl-C does during a run, and stops at once on the second", async (t) => {
    const { target } = holdFirstTag();
    const environment = { XDG_RUNTIME_DIR: "/nonexistent" };
    const run = await open(t, ["watch", "--listen", "off"], { environment, target });
    if (run === undefined) return;
    await run.until(shows("applying 3 changes"));
    run.press(CTRL_C);
    await run.until(
      shows("interrupted: no new changes start, and those in progress may finish; a second Ctrl-C stops at once"),
    );
    run.press(CTRL_C);
    assert.equal(await run.ended, 130);
    assert.ok(shows("stopped at once")(run.screen));
    assert.ok(run.screen.isCursorVisible());
  });
});
