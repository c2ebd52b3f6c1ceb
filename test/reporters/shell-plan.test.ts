import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import * as fc from "fast-check";
import { renderShellPlan } from "../../src/reporters/shell-plan.ts";
import { change, MIRROR, NEW, OLD, plan, POSITION } from "./samples.ts";

/** Runs a script with a docker that prints its arguments, and returns the arguments of each call. */
function run(script: string): readonly (readonly string[])[] {
  const recorder = `docker() { for argument; do printf '%s\\0' "$argument"; done; printf '\\1'; }\n`;
  const output = execFileSync("sh", ["-c", recorder + script], { encoding: "utf8" });
  return output
    .split("\u0001")
    .slice(0, -1)
    .map((call) => call.split("\0").slice(0, -1));
}

test("a copy becomes pull by digest, tag and push", () => {
  const script = renderShellPlan(plan(change()));
  assert.match(script, /^#!\/bin\/sh\n/);
  assert.match(script, /^set -eu$/m);
  assert.deepEqual(run(script), [
    ["pull", "--", `docker.io/library/nginx@${NEW}`],
    ["tag", "--", `docker.io/library/nginx@${NEW}`, `${MIRROR}/nginx:1.27.3`],
    ["push", "--", `${MIRROR}/nginx:1.27.3`],
  ]);
});

test("a single platform is passed to docker, several are not", () => {
  const amd64 = { os: "linux", architecture: "amd64" };
  const [pull] = run(renderShellPlan(plan(change({ platforms: [amd64], sourceDigest: OLD }))));
  assert.deepEqual(pull, ["pull", "--platform", "linux/amd64", "--", `docker.io/library/nginx@${OLD}`]);
  const two = renderShellPlan(plan(change({ platforms: [amd64, { os: "linux", architecture: "arm64" }] })));
  assert.doesNotMatch(two, /--platform/);
});

test("a local image is not pulled", () => {
  const local = change({ source: { kind: "docker-daemon", image: "my image's" } });
  assert.deepEqual(run(renderShellPlan(plan(local))), [
    ["tag", "--", "my image's", `${MIRROR}/nginx:1.27.3`],
    ["push", "--", `${MIRROR}/nginx:1.27.3`],
  ]);
});

test("a change that docker cannot or must not make is a comment", () => {
  const block = { kind: "rule", position: POSITION, pattern: "v*" } as const;
  const error = { code: "SOURCE_NOT_FOUND", side: "source", message: "no such tag" } as const;
  const script = renderShellPlan(
    plan(
      change({ action: "blocked", block }),
      change({ action: "error", error }),
      change({ action: "attach" }),
      change({ action: "delete" }),
      change({ action: "none", to: `${MIRROR}/unchanged:1` }),
    ),
  );
  assert.deepEqual(run(script), []);
  assert.match(script, /^# blocked .*nginx:1\.27\.3: by the immutable rule at images\.yaml:9:9 \(pattern v\*\)$/m);
  assert.match(script, /^# error .*: source: no such tag \[SOURCE_NOT_FOUND\]$/m);
  assert.match(script, /^# attach /m);
  assert.match(script, /^# delete /m);
  assert.doesNotMatch(script, /unchanged/);
});

test("a plan without changes is a script that does nothing", () => {
  assert.deepEqual(run(renderShellPlan(plan(change({ action: "none" })))), []);
});

test("no untrusted text breaks out of its comment or its quotes", () => {
  const foreign = fc
    .array(
      fc.constantFrom(
        "'",
        '"',
        "$(touch x)",
        "`id`",
        "\n",
        "\r",
        "; exit 1",
        "#",
        "##vso[a]",
        "section_start:",
        "\\",
        "a",
        " ",
      ),
      {
        minLength: 1,
      },
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(foreign, (text) => {
      const error = { code: "REGISTRY_ERROR", message: text, reference: text } as const;
      const local = change({ source: { kind: "docker-daemon", image: text } });
      const script = renderShellPlan(plan(change({ action: "error", error }), local));
      assert.doesNotMatch(script, /##[\w.-]*\[|section_start:/);
      const calls = run(script);
      if (/[\n\r]|##vso\[|section_start:/.test(text)) assert.deepEqual(calls, []);
      else assert.equal(calls[0]?.[2], text);
    }),
    { numRuns: 40 },
  );
});
