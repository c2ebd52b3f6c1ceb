import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { tar } from "../../scripts/package/archive/tar.ts";
import { makeFolder } from "../support/cli.ts";
import { runProgramOk } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const TIME = 1_767_225_600;

describe("the archives", () => {
  it("are read by tar with their modes, links, long names and folders, all owned by root", async () => {
    const long = `${"folder-".repeat(12)}/${"name-".repeat(15)}`;
    const entries = [
      { path: "top/program", content: "#!/bin/sh\n", mode: 0o755 },
      { path: "top/link", link: "program" },
      { path: "top/tmp", folder: true, mode: 0o1777 },
      { path: `top/${long}`, content: Buffer.from("é") },
    ] as const;
    const folder = await makeFolder();
    onEnd(folder.remove);
    const file = join(folder.path, "a.tar");
    await writeFile(file, tar(entries, TIME));
    const { stdout } = await runProgramOk("tar", ["-tvf", file, "--full-time", "--utc"]);
    const lines = Buffer.from(stdout).toString().trim().split("\n");
    assert.ok(
      lines.every((line) => / root\/root .* 2026-01-01 00:00:00 /.test(line)),
      lines.join("\n"),
    );
    assert.deepEqual(
      lines.map((line) => [line.slice(0, 10), line.split(" 00:00:00 ")[1]]),
      [
        ["drwxr-xr-x", "top/"],
        ["drwxr-xr-x", `top/${long.split("/")[0]}/`],
        ["-rw-r--r--", `top/${long}`],
        ["lrwxrwxrwx", "top/link -> program"],
        ["-rwxr-xr-x", "top/program"],
        ["drwxrwxrwt", "top/tmp/"],
      ],
    );
  });

  it("have the same bytes whatever the order of their entries", () => {
    const [a, b] = [
      { path: "a/x", content: "1" },
      { path: "b", content: "2" },
    ];
    assert.deepEqual(tar([a, b], TIME), tar([b, a], TIME));
    assert.notDeepEqual(tar([a, b], TIME), tar([a, b], TIME + 1));
  });

  it("are refused with a name that does not fit", () => {
    assert.throws(() => tar([{ path: "x".repeat(101), content: "" }], TIME), /does not fit/);
  });
});
