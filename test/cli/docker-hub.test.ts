import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { startForwardProxy } from "../support/forward-proxy.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

type Hub = {
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  /** Requests to the hub and to the target. */
  readonly requests: () => number;
  readonly pulls: () => number;
};

/** A stand-in for Docker Hub: a registry behind a proxy that reports the remaining pulls and has two images to mirror. */
async function hub(remaining: number | undefined, settings = ""): Promise<Hub> {
  let left = remaining ?? 0;
  const hidden = await start({
    onRequest: ({ kind, method }) => {
      if (kind !== "manifest" || remaining === undefined) return undefined;
      if (method === "GET") left -= 1;
      return {
        kind: "rewrite",
        headers: { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": `${left};w=21600` },
      };
    },
  });
  const target = await start();
  const proxy = await startForwardProxy(hidden.host);
  onEnd(proxy.stop);
  for (const at of [1, 2]) hidden.putImage("library/app", `v${at}`, smallImage(at));
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries: { docker.io: { plainHttp: true${settings} }, "${target.host}": { plainHttp: true } }
images: [{ source: app, target: "${target.host}/app", tags: [v1, v2] }]
`,
  });
  onEnd(folder.remove);
  return {
    run: (...args) => runCli(args, { cwd: folder.path, environment: { HTTP_PROXY: proxy.url } }),
    requests: () => hidden.log.length + target.log.length,
    pulls: () => hidden.log.filter(({ method, kind }) => method === "GET" && kind === "manifest").length,
  };
}

describe("Docker Hub's remaining pulls", () => {
  it("are shown with the pulls that a plan needs, without using a pull", async () => {
    const { run, requests, pulls } = await hub(76);
    const { code, stdout, stderr } = await run("plan", "--format", "markdown");
    assert.equal(code, 0, stderr);
    const costs = `Docker Hub: at least 2 pulls to apply this; 76 of 100 in 6 hours are left. Made with ${requests()} requests.`;
    assert.equal(stdout.trimEnd().split("\n").at(-1), costs);
    assert.equal(pulls(), 0);
    assert.equal(stderr, "");
  });

  it("cause a warning in plan and apply when they are too few", async () => {
    const { run } = await hub(1);
    const warning =
      /warning: docker\.io: applying takes at least 2 pulls, and 1 of 100 in 6 hours is left\. That is too few/;
    assert.match((await run("plan")).stderr, warning);
    const applied = await run("apply", "--yes");
    assert.equal(applied.code, 0, applied.stderr);
    assert.match(applied.stderr + applied.stdout, warning);
  });
});

describe("the reserve of Docker Hub's pulls", () => {
  const RESERVE = ", reserve: { pulls: 20 }";

  it("stops the changes that would use it, and no others", async () => {
    const { run, pulls } = await hub(21, RESERVE);
    const planned = await run("plan", "--format", "markdown");
    assert.equal(planned.code, 0, planned.stderr);
    assert.match(planned.stdout, /21 of 100 in 6 hours are left, of which `reserve` keeps 20\. That is too few/);
    const { code, stdout, stderr } = await run("apply", "--yes");
    assert.equal(code, 4, stdout + stderr);
    assert.equal(pulls(), 1);
    assert.match(stdout + stderr, /20 of 100 pulls are left, and `reserve` keeps 20/);
    assert.match(stdout + stderr, /RATE_LIMITED/);
  });

  it("does not hold back images whose pulls Docker Hub does not count", async () => {
    const { run, pulls } = await hub(undefined, RESERVE);
    const { code, stderr } = await run("apply", "--yes");
    assert.equal(code, 0, stderr);
    assert.equal(pulls(), 2);
  });

  it("is an error with docker and cosign, which would use it", async () => {
    const { run, requests } = await hub(100, RESERVE);
    const file = "more.yaml";
    for (const [settings, message] of [
      [
        "engine: docker, platforms: [linux/amd64]",
        /more\.yaml:3:10: error: docker reads from docker\.io without regard to its `reserve`/,
      ],
      [
        "verify: { identity: a, issuer: b }",
        /more\.yaml:3:10: error: cosign, which `verify` runs, reads from docker\.io without regard/,
      ],
    ] as const) {
      const folder = await makeFolder({
        [file]: `version: 1\nregistries: { docker.io: { reserve: { pulls: 20, wait: true } } }\nimages: [{ source: app, target: r.io/app, ${settings} }]\n`,
      });
      onEnd(folder.remove);
      const { code, stderr } = await runCli(["validate", "--file", file], { cwd: folder.path });
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
    assert.equal(requests(), 0);
    assert.equal((await run("validate")).code, 0);
  });
});
