import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { describe, it } from "node:test";
import { parseLease } from "../../../src/cluster/lease.ts";
import { validate } from "../../../src/schema/validate.ts";
import { finished, makeFolder, runCli, startCli } from "../../support/cli.ts";
import { smallImage } from "../../support/images.ts";
import { startLeaseServer } from "../../support/lease-server.ts";
import { createScope } from "../../support/scope.ts";

const { registry: start, onEnd } = createScope();

/** The lines of stdout and stderr, in the order in which they arrived. */
function linesOf({ stdout, stderr }: ChildProcess) {
  const lines: string[] = [];
  let changed = Promise.withResolvers<void>();
  for (const input of [stdout, stderr]) {
    assert.ok(input !== null);
    const reader: Interface = createInterface({ input });
    reader.on("line", (line) => {
      lines.push(line);
      changed.resolve();
      changed = Promise.withResolvers();
    });
  }
  return {
    lines,
    until: async (text: string): Promise<string> => {
      for (;;) {
        const found = lines.find((line) => line.includes(text));
        if (found !== undefined) return found;
        await changed.promise;
      }
    },
  };
}

async function prepare() {
  const [source, target, server] = [await start(), await start(), await startLeaseServer()];
  onEnd(server.stop);
  source.putImage("app", "v1", smallImage(1));
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries:
  "${source.host}": { plainHttp: true }
  "${target.host}": { plainHttp: true }
images:
  - { source: "${source.host}/app:v1", target: "${target.host}/app" }
`,
    "settings.yaml": `kubernetes: { server: "${server.url}", tokenFile: token }\n`,
    token: "t0ken",
  });
  onEnd(folder.remove);
  const replica = async (name: string) => {
    const words = ["watch", "--config", "settings.yaml", "--listen", "127.0.0.1:0", "--lease", "imgsync/watch"];
    const child = startCli(words, { cwd: folder.path, environment: { HOSTNAME: name, XDG_RUNTIME_DIR: folder.path } });
    const ended = finished(child);
    const output = linesOf(child);
    onEnd(async () => {
      if (child.exitCode === null) child.kill("SIGKILL");
      await ended;
    });
    const url = (await output.until("status on ")).replace("status on ", "");
    return { child, ended, output, url };
  };
  return { server, target, folder, replica };
}

describe("imgsync watch --lease", () => {
  it("works in one of two replicas, and in the other one after SIGTERM", async () => {
    const { server, replica } = await prepare();
    const first = await replica("watch-0");
    await first.output.until("this replica leads: it holds the lease imgsync/watch as watch-0_");
    await first.output.until("1 applied");
    const second = await replica("watch-1");
    await second.output.until("standing by: watch-0_");
    const status = JSON.parse(await (await fetch(`${second.url}status.json`)).text());
    assert.deepEqual(await validate("status", status), []);
    assert.equal(status.state, "standby");
    assert.match(status.lease.holder, /^watch-0_/);
    assert.match(await (await fetch(`${first.url}metrics`)).text(), /^imgsync_leader 1$/m);
    assert.match(await (await fetch(`${second.url}metrics`)).text(), /^imgsync_leader 0$/m);
    assert.equal((await fetch(`${second.url}readyz`)).status, 200);
    process.kill(first.child.pid ?? 0, "SIGTERM");
    assert.equal((await first.ended).code, 0);
    await second.output.until("this replica leads: it holds the lease imgsync/watch as watch-1_");
    await second.output.until("Nothing to do");
    assert.ok(!second.output.lines.some((line) => line.includes("another imgsync watch")));
    assert.ok(server.log.every((line) => line.endsWith(" Bearer t0ken")));
    process.kill(second.child.pid ?? 0, "SIGTERM");
    assert.equal((await second.ended).code, 0);
  });

  it("runs nothing while the API server refuses, says so once, and is not ready", async () => {
    const { server, target, replica } = await prepare();
    server.answerWith({ status: 403, json: { kind: "Status", message: "leases is \u001B[31mforbidden" } });
    const only = await replica("watch-0");
    const warning = await only.output.until("answered 403");
    assert.match(
      warning,
      /could not read the lease imgsync\/watch: .* answered 403: leases is .*forbidden; its Role must allow/,
    );
    assert.ok(!warning.includes("\u001B[31m"));
    assert.equal((await fetch(`${only.url}readyz`)).status, 503);
    await server.answered(2);
    assert.equal(only.output.lines.filter((line) => line.includes("answered 403")).length, 1);
    assert.equal(target.store.tags("app").size, 0);
    server.answerWith(undefined);
    await only.output.until("1 applied");
    process.kill(only.child.pid ?? 0, "SIGTERM");
    assert.equal((await only.ended).code, 0);
  });

  it("does not keep the Lease if it cannot start", async () => {
    const { server, folder } = await prepare();
    const words = [
      "watch",
      "--config",
      "settings.yaml",
      "--listen",
      new URL(server.url).host,
      "--lease",
      "imgsync/watch",
    ];
    const { code, stderr } = await runCli(words, { cwd: folder.path });
    assert.equal(code, 1);
    assert.match(stderr, /cannot listen on 127\.0\.0\.1/);
    const { json } = server.double.get("/apis/coordination.k8s.io/v1/namespaces/imgsync/leases/watch");
    assert.equal(parseLease(json)?.record.holder ?? "", "");
  });

  it("needs a pod or an address in the settings, and a namespace", async () => {
    const { folder } = await prepare();
    const outside = await runCli(["watch", "--lease", "imgsync/watch"], { cwd: folder.path });
    assert.equal(outside.code, 1);
    assert.match(
      outside.stderr,
      /--lease needs a Kubernetes API server, and this process does not run in a pod \[USAGE\]/,
    );
    const nameless = await runCli(["watch", "--config", "settings.yaml", "--lease", "watch"], { cwd: folder.path });
    assert.equal(nameless.code, 1);
    assert.match(nameless.stderr, /the namespace of the lease is unknown/);
    const wrong = await runCli(["watch", "--lease", "a/../b"], { cwd: folder.path });
    assert.match(wrong.stderr, /write NAMESPACE\/NAME or NAME/);
  });
});
