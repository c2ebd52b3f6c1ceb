import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { runProgram } from "../support/programs.ts";
import { pipelineProblems, requireSchemas } from "../support/published-schemas.ts";
import { createScope } from "../support/scope.ts";
import { prepareMachine } from "./support/machine.ts";
import { startWatching } from "./support/watching.ts";

const scope = createScope();
const text = readFileSync(new URL("../../examples/compose/compose.yaml", import.meta.url), "utf8");
const { services } = parse(text);
const { command, environment, healthcheck, secrets } = services.watch;

describe("the Docker Compose example", () => {
  it("matches the Compose schema", (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    assert.deepEqual(pipelineProblems("compose-spec", parse(text)), []);
  });

  it("is rejected by the schema with an unknown key or a wrong value", (t) => {
    if (!requireSchemas(t, "pipelines")) return;
    for (const [right, wrong] of [
      ["read_only: true\n", "readonly: true\n"],
      ["cap_drop: [ALL]", "cap_drop: ALL"],
      ["    file: ./config.json", "    path: ./config.json"],
    ] as const) {
      assert.ok(text.includes(right), right);
      assert.notDeepEqual(pipelineProblems("compose-spec", parse(text.replace(right, wrong))), [], wrong);
    }
  });

  it("runs with its secret until it is stopped, and its health check reports whether it answers", async () => {
    assert.deepEqual(secrets, [{ source: "registries", target: "config.json" }]);
    const machine = await prepareMachine(scope, { config: "/config", credentials: environment.DOCKER_CONFIG });
    const watching = await startWatching(scope, machine.words(command.slice(1)), {
      cwd: machine.cwd,
      environment: { DOCKER_CONFIG: machine.place(environment.DOCKER_CONFIG) },
    });
    assert.match(await watching.firstRun(), /1 applied/);
    const [kind, program, ...args] = healthcheck.test.map((word: string) =>
      word.replace("http://127.0.0.1:8080/", watching.url),
    );
    assert.deepEqual([kind, program], ["CMD", "node"]);
    const check = () => runProgram("node", args);
    assert.equal((await check()).code, 0);
    assert.equal(await watching.terminate(), 0);
    assert.notEqual((await check()).code, 0);
  });
});
