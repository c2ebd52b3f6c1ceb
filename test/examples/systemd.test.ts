import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { makeFolder, runCli } from "../support/cli.ts";
import { findProgram, requirePrograms, runProgram } from "../support/programs.ts";
import { createScope } from "../support/scope.ts";
import { prepareMachine } from "./support/machine.ts";

const scope = createScope();
const folder = fileURLToPath(new URL("../../examples/systemd", import.meta.url));
const service = readFileSync(`${folder}/imgsync.service`, "utf8");
const timer = readFileSync(`${folder}/imgsync.timer`, "utf8");
const PROGRAM = "/usr/local/bin/imgsync";

const valueOf = (key: string): string => new RegExp(`^${key}=(.*)$`, "m").exec(service)?.[1] ?? "";

/** Runs systemd-analyze on copies of the units that name an existing program. */
async function analyze(words: readonly string[], texts: { readonly service?: string; readonly timer?: string } = {}) {
  const { path, remove } = await makeFolder({
    "imgsync.service": (texts.service ?? service).replace(PROGRAM, process.execPath),
    "imgsync.timer": texts.timer ?? timer,
  });
  scope.onEnd(remove);
  const files = ["imgsync.service", "imgsync.timer"].map((name) => `${path}/${name}`);
  const args = [...words, ...(words[0] === "verify" ? files : files.slice(0, 1))];
  const { code, stdout, stderr } = await runProgram(findProgram("systemd-analyze") ?? "", args);
  return { code, output: Buffer.from(stdout).toString("utf8") + stderr };
}

describe("the systemd example", () => {
  it("passes systemd-analyze verify without output", async (t) => {
    if (!requirePrograms(t, "systemd-analyze")) return;
    assert.deepEqual(await analyze(["verify"]), { code: 0, output: "" });
  });

  it("fails systemd-analyze verify with an unknown setting or an invalid time", async (t) => {
    if (!requirePrograms(t, "systemd-analyze")) return;
    const misspelt = await analyze(["verify"], { service: service.replace("ProtectHome=", "ProtectHomes=") });
    assert.match(misspelt.output, /Unknown key/);
    const timeless = await analyze(["verify"], { timer: timer.replace("03:17:00", "33:17:00") });
    assert.match(timeless.output, /Failed to parse calendar/);
  });

  it("limits the service as far as the README says", async (t) => {
    if (!requirePrograms(t, "systemd-analyze")) return;
    const limited = (text: string) => analyze(["security", "--offline=true", "--threshold=20"], { service: text });
    assert.match(readFileSync(`${folder}/README.md`, "utf8"), /less than 2, of 10/);
    assert.equal((await limited(service)).code, 0);
    const looser = service.replace("DynamicUser=yes", "").replace("CapabilityBoundingSet=", "");
    assert.notEqual((await limited(looser)).code, 0);
  });

  it("applies the manifest with the credentials that systemd provides", async () => {
    const [program, ...words] = valueOf("ExecStart").split(" ");
    assert.equal(program, PROGRAM);
    assert.equal(valueOf("Environment"), "DOCKER_CONFIG=%d");
    assert.equal(valueOf("LoadCredential").split(":")[0], "config.json");
    const machine = await prepareMachine(scope, { config: "/etc/imgsync", credentials: "/run/credentials" });
    const { code, stdout, stderr } = await runCli(machine.words(words), {
      cwd: machine.cwd,
      environment: { DOCKER_CONFIG: machine.place("/run/credentials") },
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /1 applied/);
  });
});
