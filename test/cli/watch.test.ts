import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { validate } from "../../src/schema/validate.ts";
import { finished, makeFolder, startCli } from "../support/cli.ts";
import { fetchOnce } from "../support/http.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

/** Resolves with the first line of a stream that contains the text. */
async function lineWith(stream: ChildProcess["stdout"], text: string): Promise<string> {
  assert.ok(stream !== null);
  for await (const line of createInterface({ input: stream })) if (line.includes(text)) return line;
  throw new Error(`no line has "${text}"`);
}

async function startWatching(...args: readonly string[]) {
  const source = await start();
  const target = await start();
  source.putImage("app", "v1", smallImage(1));
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries:
  "${source.host}": { plainHttp: true }
  "${target.host}": { plainHttp: true }
images:
  - { source: "${source.host}/app:v1", target: "${target.host}/app" }
`,
  });
  onEnd(folder.remove);
  return { ...(await watchIn(folder.path, ...args)), source, target, folder };
}

async function watchIn(path: string, ...args: readonly string[]) {
  const child = startCli(["watch", "--listen", "127.0.0.1:0", ...args], {
    cwd: path,
    environment: { XDG_RUNTIME_DIR: path },
  });
  const ended = finished(child);
  onEnd(async () => {
    if (child.exitCode === null) child.kill("SIGKILL");
    await ended;
  });
  const listening = await lineWith(child.stderr, "status on ");
  return { child, ended, url: listening.replace("status on ", "") };
}

const get = async (url: string): Promise<string> => (await fetch(url)).text();

describe("imgsync watch", () => {
  it("serves its status only for allowed host names, and its health for any", async () => {
    const { url } = await startWatching("--allow-host", "Status.Example.com", "--allow-host", "fd00::1");
    const ask = async (path: string, host: string) => (await fetchOnce(`${url}${path}`, { headers: { host } })).status;
    assert.equal(await ask("status.json", "status.example.com"), 200);
    assert.equal(await ask("status.json", "[fd00::1]:8080"), 200);
    assert.equal(await ask("status.json", "evil.example"), 421);
    assert.equal(await ask("healthz", "10.244.0.7:8080"), 200);
  });

  it("applies at once, serves its status, and exits 0 on SIGTERM", async () => {
    const { child, ended, target, url } = await startWatching();
    await lineWith(child.stdout, "1 applied");
    assert.equal(target.store.tags("app").get("v1"), smallImage(1).digest);
    assert.equal(await get(`${url}healthz`), "ok\n");
    assert.equal(await get(`${url}readyz`), "ok\n");
    assert.match(await get(`${url}metrics`), /^imgsync_changes_total\{action="create"\} 1$/m);
    assert.match(await get(url), /1 applied/);
    const status = JSON.parse(await get(`${url}status.json`));
    assert.equal(status.totals.runs, 1);
    assert.deepEqual([status.health, status.state, status.progress], ["in-sync", "waiting", undefined]);
    const [kept] = status.repositories;
    assert.deepEqual([kept.repository, kept.state, kept.tags.inSync], [`${target.host}/app`, "in-sync", 1]);
    assert.deepEqual(await validate("status", status), []);
    assert.equal((await fetch(`${url}../etc/passwd`)).status, 404);
    assert.equal((await fetch(url, { method: "POST" })).status, 405);
    process.kill(child.pid ?? 0, "SIGTERM");
    assert.equal((await ended).code, 0);
  });

  it("warns when another one watches the same repositories, and works anyway", async () => {
    const { child, folder } = await startWatching();
    await lineWith(child.stdout, "1 applied");
    const second = await watchIn(folder.path);
    await lineWith(second.child.stdout, "Nothing to do");
    process.kill(second.child.pid ?? 0, "SIGTERM");
    const { code, stderr } = await second.ended;
    assert.equal(code, 0);
    assert.match(
      stderr,
      new RegExp(`another imgsync watch \\(process ${child.pid}\\) syncs some of the same target repositories`),
    );
  });

  it("refuses an unusable webhook URL without showing it", async () => {
    const folder = await makeFolder({ "images.yaml": "version: 1\n" });
    onEnd(folder.remove);
    const child = startCli(["watch"], {
      cwd: folder.path,
      environment: { IMGSYNC_WEBHOOK_URL: "http://chat.example/T0PSECRET" },
    });
    const { code, stderr } = await finished(child);
    assert.equal(code, 1);
    assert.match(stderr, /IMGSYNC_WEBHOOK_URL is not a usable address/);
    assert.doesNotMatch(stderr, /T0PSECRET/);
  });
});
