import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Change } from "../../../src/model/plan.ts";
import { createEndedChanges, FOLD_ABOVE } from "../../../src/reporters/terminal/ended-changes.ts";
import { createStyle } from "../../../src/reporters/words/style.ts";
import { change, OLD, result } from "../samples.ts";

const MIB = 1024 * 1024;
const DENIED = { code: "DENIED", side: "target", message: "the push was refused", hint: "ask" } as const;
const HOST = "registry.example.com";

function copies(repository: string, count: number): readonly Change[] {
  return Array.from({ length: count }, (_, at) => change({ to: `${HOST}/${repository}:v${at}` }));
}

function open(changes: readonly Change[], columns = 100) {
  const ended = createEndedChanges(changes, () => ({ style: createStyle(false), columns }));
  const text = (tasks: ReturnType<typeof ended.rest>): readonly string[] =>
    tasks.flatMap(({ ending, lines }) => lines.map((line, at) => (at === 0 ? `${ending}: ${line}` : line)));
  return {
    isShown: ended.isShown,
    rest: () => text(ended.rest()),
    add: (...[one, outcome, time]: Parameters<typeof ended.add>) => text(ended.add(one, outcome, time)),
  };
}

const applied = result("applied", { transferredBytes: MIB, milliseconds: 1000 });

describe("the changes of a large run", () => {
  it("have one line for each repository, when its last change ends", () => {
    const [app, web] = [copies("team/app", 40), copies("team/web", 2)];
    const { add, rest, isShown } = open([...app, ...web]);
    for (const [at, one] of app.slice(0, -1).entries()) assert.deepEqual(add(one, applied, 1000 + at * 100), []);
    const [last = change()] = app.slice(-1);
    assert.equal(isShown(last), false);
    assert.deepEqual(add({ ...last }, applied, 9000), [
      "done: registry.example.com/team/app:v39  created sha256:11507a0e2f5e, 1.0 MiB in 1.0 s",
    ]);
    assert.deepEqual(add(last, applied, 10_000), ["done: registry.example.com/team/app  40 created, 40.0 MiB in 10 s"]);
    assert.ok(app.every(isShown));
    assert.deepEqual(rest(), []);
  });

  it("show each failure in full when it happens, and count it in the line of its repository", () => {
    const [first = change(), second = change(), ...others] = copies("team/app", 40);
    const { add } = open([first, second, ...others]);
    assert.deepEqual(add(first, result("failed", { error: DENIED }), 1000), [
      "failed: failed  registry.example.com/team/app:v0  target: the push was refused [DENIED]",
      "  hint: ask",
    ]);
    assert.deepEqual(add(second, { ...applied, notes: ["the backup was there"] }, 1000), [
      "done: registry.example.com/team/app:v1  sha256:11507a0e2f5e, 1.0 MiB in 1.0 s,",
      "  note: the backup was there",
    ]);
    const shown = others.flatMap((one, at) => add({ ...one }, applied, at)).length;
    assert.equal(shown, others.length, "changes that are not of this run are not folded");
    assert.deepEqual(
      others.flatMap((one) => add(one, applied, 5000)),
      ["partly: registry.example.com/team/app  1 failed, 39 created, 39.0 MiB in 5.2 s"],
    );
  });

  it("show how far each repository came if the run ends early, and not those where nothing was done", () => {
    const [app, web, api] = [copies("app", 20), copies("web", 20), copies("api", 2)];
    const { add, rest, isShown } = open([...app, ...web, ...api]);
    for (const one of app.slice(0, 3)) add(one, applied, 2000);
    for (const one of web) add(one, result("skipped", { notes: ["interrupted before it started"] }), 2000);
    assert.deepEqual(rest(), ["partly: registry.example.com/app  3 created, 17 not started, 3.0 MiB in 1.0 s"]);
    assert.ok(app.slice(0, 3).every(isShown));
    assert.deepEqual(rest(), []);
  });

  it("have a line of their own in a repository with a single change", () => {
    const [single = change()] = copies("single", 1);
    const { add } = open([...copies("app", 40), single]);
    assert.deepEqual(add(single, applied, 1000), [
      "done: registry.example.com/single:v0  created sha256:11507a0e2f5e, 1.0 MiB in 1.0 s",
    ]);
  });

  it("count copies, updates and deletes separately", () => {
    const [first = change(), second = change(), ...others] = copies("app", 40);
    const changes = [
      { ...first, action: "update" } as const,
      { ...second, action: "delete", observed: OLD } as const,
      ...others,
    ];
    const { add } = open(changes);
    const lines = changes.flatMap((one) => add(one, result(one.action === "create" ? "unchanged" : "applied"), 3000));
    assert.deepEqual(lines, ["done: registry.example.com/app  1 updated, 1 deleted, 38 unchanged, 0 B in 1.2 s"]);
  });
});

describe("the changes of a small run", () => {
  it("are those of a run with at most 30 changes", () => {
    assert.equal(FOLD_ABOVE, 30);
    for (const [count, lines] of [
      [30, 1],
      [31, 0],
    ] as const) {
      const all = copies("app", count);
      assert.equal(open(all).add(all[0] ?? change(), applied, 0).length, lines, String(count));
    }
  });

  it("have a line each, which is never wider than the terminal", () => {
    for (const columns of [20, 40, 60, 80]) {
      const [first = change(), second = change()] = copies("a/long/path/to/an/application", 2);
      const { add } = open([first, second], columns);
      for (const one of [first, second]) {
        const [line = ""] = add(one, applied, 0);
        assert.ok(line.length <= columns - 2 + "done: ".length, line);
        if (columns >= 60) assert.match(line, /created, 1\.0 MiB in 1\.0 s$/);
      }
    }
  });

  it("show a change that was cancelled, and not one that was not started", () => {
    const [one = change(), cancelled = change()] = copies("app", 2);
    const { add, isShown } = open([one, cancelled]);
    const error = { code: "INTERRUPTED", message: "interrupted; the tag is as it was" } as const;
    assert.deepEqual(add(cancelled, result("skipped", { error }), 0), [
      "skipped: skipped  registry.example.com/app:v1  interrupted; the tag is as it was [INTERRUPTED]",
    ]);
    assert.deepEqual(add(one, result("skipped", { notes: ["not started after a failure"] }), 0), []);
    assert.equal(isShown(one), false);
  });
});
