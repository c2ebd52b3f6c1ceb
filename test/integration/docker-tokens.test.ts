import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmod, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import process from "node:process";
import { describe, it, type TestContext } from "node:test";
import { type CliResult, makeFolder, runCli } from "../support/cli.ts";
import { type ImageStore, startDockerd } from "../support/dockerd.ts";
import { type EmbeddedRegistry, startRegistry } from "../support/embedded-registry/registry.ts";
import type { TranscriptEntry } from "../support/embedded-registry/transcript.ts";
import { preparePodman } from "../support/podman.ts";
import { requirePrograms, requireRoot } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";

const { onEnd } = createScope();
const HOUR = 3_600_000;
const LARGE = 1_000_000;
const PATIENCE = { timeout: 300_000 };

type Local = { readonly environment: Readonly<Record<string, string>>; readonly command: string };

type Place = {
  readonly registry: EmbeddedRegistry;
  readonly apply: () => Promise<CliResult>;
  /** How many passwords the helper has issued. */
  readonly issued: () => Promise<number>;
};

/**
 * A registry that stops accepting its tokens and the password behind them when the first blob has arrived, as happens to a push that takes an hour.
 * A credential helper issues a password, and another one when it is asked again.
 */
async function place({ environment, command }: Local, passwords: readonly string[]): Promise<Place> {
  let time = Date.now();
  const users: Record<string, string> = { me: "password-1" };
  const registry = await startRegistry({
    auth: { kind: "token", users, expiresIn: 3600, now: () => time },
    onRequest: ({ method, kind }) => {
      // containerd hangs if an upload itself is refused: docs/decisions/docker-progress.md
      if (users["me"] !== "password-1" || !hasLayer() || (method === "PUT" && kind === "upload")) return;
      time += 2 * HOUR;
      users["me"] = "password-2";
    },
  });
  onEnd(registry.stop);
  const hasLayer = (): boolean => {
    const layer = registry.log.find(({ bytesIn, status }) => bytesIn > LARGE && status !== 0);
    // docker's classic store sends the layer in a PATCH before it
    const isStored = ({ method, status, number }: TranscriptEntry): boolean =>
      method === "PUT" && status === 201 && number >= (layer?.number ?? Number.POSITIVE_INFINITY);
    return registry.log.some(isStored);
  };
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries: { "${registry.host}": { plainHttp: true, auth: { helper: in-turn } } }
images: [{ source: "docker-daemon:large", target: "${registry.host}/app:v1" }]
`,
    "docker-credential-in-turn": `#!/bin/sh
cat > /dev/null
echo x >> "$HOME/issued"
case $(wc -l < "$HOME/issued") in
  1) password=${passwords[0]} ;;
  *) password=${passwords[1]} ;;
esac
echo "{\\"Username\\":\\"me\\",\\"Secret\\":\\"$password\\"}"
`,
  });
  onEnd(folder.remove);
  await chmod(join(folder.path, "docker-credential-in-turn"), 0o700);
  const path = [folder.path, environment["PATH"] ?? process.env["PATH"] ?? ""].join(delimiter);
  return {
    registry,
    apply: () =>
      runCli(["apply", "--yes", "--docker-command", command], {
        cwd: folder.path,
        environment: { XDG_RUNTIME_DIR: folder.path, ...environment, PATH: path },
      }),
    issued: async () => (await readFile(join(folder.path, "issued"), "utf8")).trim().split("\n").length,
  };
}

/** Returns how often the layer was sent. */
async function renewsInTheMiddle(
  local: Local,
  prepare?: (registry: EmbeddedRegistry) => Promise<void>,
): Promise<number> {
  const { registry, apply, issued } = await place(local, ["password-1", "password-2"]);
  await prepare?.(registry);
  const { code, stdout, stderr } = await apply();
  assert.equal(code, 0, stderr + stdout);
  assert.match(stdout, /apply: 1 applied/);
  assert.equal(await issued(), 2);
  assert.equal(registry.store.tags("app").size, 1);
  assert.ok(registry.countRequests({ status: 401 }) > 1);
  return registry.countRequests(({ bytesIn }) => bytesIn > LARGE);
}

async function start(t: TestContext, store: ImageStore): Promise<Local | undefined> {
  const program = store === "classic" ? "dockerd" : "containerd-store";
  if (!requirePrograms(t, "docker", program) || !requireRoot(t)) return undefined;
  const docker = await startDockerd({ store });
  onEnd(docker.stop);
  await docker.importImage("large", randomBytes(2 * LARGE));
  return { environment: { DOCKER_HOST: docker.host, PATH: docker.path }, command: "docker" };
}

describe("a token that is refused in the middle of a push", () => {
  for (const store of ["classic", "containerd"] as const) {
    it(`is renewed, and docker with its ${store} image store goes on`, PATIENCE, async (t) => {
      const local = await start(t, store);
      if (local === undefined) return;
      const sent = await renewsInTheMiddle(local);
      // the classic store looks for each layer after it was sent, and that was refused
      assert.equal(sent, store === "classic" ? 2 : 1);
    });
  }

  it("is renewed, and podman goes on", PATIENCE, async (t) => {
    if (!requirePrograms(t, "podman")) return;
    const prepared = await preparePodman();
    onEnd(prepared.remove);
    await prepared.importImage("large", randomBytes(2 * LARGE));
    const allow = ({ host }: EmbeddedRegistry): Promise<void> => prepared.allowPlainHttp(host);
    await renewsInTheMiddle({ environment: prepared.environment, command: "podman" }, allow);
  });

  it("fails the push if the helper has no other password, after one attempt", PATIENCE, async (t) => {
    const local = await start(t, "classic");
    if (local === undefined) return;
    const { registry, apply } = await place(local, ["password-1", "password-1"]);
    const { code, stdout, stderr } = await apply();
    assert.equal(code, 1, stderr + stdout);
    assert.match(stdout, /UNAUTHENTICATED/);
    assert.match(
      stderr + stdout,
      /hint: the credentials from auth: \{ helper: in-turn \} in images\.yaml were refused/,
    );
    assert.equal(registry.store.tags("app").size, 0);
  });
});
