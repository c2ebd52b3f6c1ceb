import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMetrics } from "../../src/app/watch/metrics.ts";
import { requirePrograms, runProgram } from "../support/programs.ts";
import { record } from "../app/watch/support.ts";

describe("metrics that promtool checks", () => {
  it("are accepted without a complaint, before the first run and after it", async (t) => {
    if (!requirePrograms(t, "promtool")) return;
    const metrics = await createMetrics({ version: "1.2.3-rc.1+build" });
    const check = async (): Promise<string> => {
      const { text } = await metrics.render();
      const { code, stdout, stderr } = await runProgram("promtool", ["check", "metrics"], { input: text });
      assert.equal(code, 0, stderr);
      return Buffer.concat([stdout]).toString("utf8") + stderr;
    };
    assert.equal(await check(), "");
    metrics.onManifest(true);
    for (const host of ["registry.example:5000", "[::1]:5000"]) metrics.onAnswer(host, 200);
    metrics.onRun(record({ applied: new Map([["create", 2]]) }), { now: new Date(0), blocked: 1, troubles: new Set() });
    assert.equal(await check(), "");
  });

  it("can contain text with line breaks and quotes, which adds no series", async (t) => {
    if (!requirePrograms(t, "promtool")) return;
    const metrics = await createMetrics({ version: '1"\n2\\' });
    metrics.onAnswer('evil"} 1\nimgsync_runs_total{result="clean"} 9\n#\\', 200);
    const { text } = await metrics.render();
    const { code, stdout, stderr } = await runProgram("promtool", ["check", "metrics", "--extended"], { input: text });
    assert.equal(code, 0, stderr);
    // the table has the number of series of each metric: one for each hostile text
    const table = Buffer.from(stdout).toString("utf8");
    assert.match(table, /^imgsync_requests_total\s+1\s/m);
    assert.match(table, /^imgsync_build_info\s+1\s/m);
    assert.match(table, /^imgsync_runs_total\s+2\s/m);
  });

  it("are refused when they are invalid, so that the tests above can fail", async (t) => {
    if (!requirePrograms(t, "promtool")) return;
    const broken = await runProgram("promtool", ["check", "metrics"], { input: 'a{b="c\nd"} 1\n' });
    assert.notEqual(broken.code, 0);
    const named = await runProgram("promtool", ["check", "metrics"], {
      input: "# HELP took_milliseconds Time.\n# TYPE took_milliseconds counter\ntook_milliseconds 1\n",
    });
    assert.match(named.stderr, /counter metrics should have "_total" suffix/);
  });
});
