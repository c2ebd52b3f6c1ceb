import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DockerCli } from "../../../src/programs/docker/docker-cli.ts";
import { isLastSetByUs, parseLog } from "../../../src/programs/docker/tag-history.ts";
import type { LocalImage } from "../../../src/model/local-image.ts";
import { digestOf } from "../../../src/model/digest.ts";

const ID = digestOf("image");
const NAME = "registry.test/app:v1";
const MADE_AT = "2026-11-28T12:00:00.123456789Z";
const { signal } = new AbortController();

/** Seconds after the tag was made. */
function at(seconds: number): Date {
  return new Date(Date.parse(MADE_AT) + seconds * 1000);
}

/** An event as docker prints it. */
function logged(seconds: number, action: string, name: string, id: string = ID): string {
  const event = { Type: "image", Action: action, Actor: { ID: id, Attributes: { name } } };
  return JSON.stringify({ ...event, timeNano: at(seconds).getTime() * 1e6 + 500_000 });
}

const OURS = logged(0, "tag", NAME);
const VERSION = { Client: { ApiVersion: "1.45" }, Server: { Components: [{ Name: "Engine" }] } };

/** Asks about a tag with this log of docker. `taggedAt`: when the image got its last tag. */
async function ask(log: readonly string[], taggedAt = MADE_AT, rest: Partial<LocalImage> = {}): Promise<boolean> {
  const run: DockerCli = async ([command]) => {
    const outputs = { version: JSON.stringify(VERSION), info: `${at(60).toISOString()}\n`, events: log.join("\n") };
    return { exitCode: 0, stdout: new Map(Object.entries(outputs)).get(command ?? "") ?? "", stderr: "" };
  };
  const now = { id: ID, names: [NAME], taggedAt, ...rest };
  return isLastSetByUs({ name: NAME, image: ID, madeAt: MADE_AT }, now, { run, signal });
}

describe("a local tag was last set by imgsync", () => {
  it("if docker's log has no other tag of that name since, whatever happened to the image", async () => {
    assert.equal(await ask([OURS]), true);
    assert.equal(await ask([logged(0, "import", ID), OURS]), true);
    const later = [logged(5, "tag", "registry.test/app:v2"), logged(6, "push", "registry.test/app")];
    assert.equal(await ask([OURS, ...later], at(5).toISOString()), true);
    assert.equal(await ask([OURS, logged(5, "load", digestOf("other"), digestOf("other"))]), true);
  });

  it("unless the log has one, or a pull, load or build that may have set it", async () => {
    const setters = [
      logged(5, "tag", NAME),
      logged(5, "pull", "registry.test/app", NAME),
      logged(5, "load", ID),
      logged(5, "create", ID),
    ];
    for (const setter of setters) assert.equal(await ask([OURS, setter], at(5).toISOString()), false, setter);
  });

  it("if the log does not go back to it, only in the classic store and if the image has got no other tag since", async () => {
    assert.equal(await ask([], MADE_AT, { descriptor: { digest: ID, mediaType: "" } }), false);
    assert.equal(await ask([]), true);
    assert.equal(await ask([logged(100, "tag", "else:v1")]), true);
    assert.equal(await ask([], at(50).toISOString()), false);
    // a tag of that name, long after ours, whose own entry is gone
    assert.equal(await ask([logged(100, "tag", NAME)], at(100).toISOString()), false);
  });

  it("only if the log goes up to the image's last tag", async () => {
    assert.equal(await ask([OURS], at(5).toISOString()), false);
  });

  it("also if docker shortens a name of Docker Hub", async () => {
    const tag = { name: "docker.io/library/app:v1", image: ID, madeAt: MADE_AT };
    const outputs = new Map([
      ["version", JSON.stringify(VERSION)],
      ["info", at(60).toISOString()],
      ["events", [logged(0, "tag", "app:v1"), logged(5, "tag", "app:v1")].join("\n")],
    ]);
    const run: DockerCli = async ([command]) => ({ exitCode: 0, stdout: outputs.get(command ?? "") ?? "", stderr: "" });
    assert.equal(
      await isLastSetByUs(tag, { id: ID, names: [], taggedAt: at(5).toISOString() }, { run, signal }),
      false,
    );
  });
});

describe("the log of podman", () => {
  it("has other keys than docker's", () => {
    const line =
      '{"ID":"d553","Name":"registry.test/app:v1","Status":"tag","Time":"2026-11-28T12:00:00.5Z","Type":"image","Attributes":null}';
    assert.deepEqual(parseLog(`${line}\nnot JSON\n`), [
      { action: "tag", id: "d553", name: NAME, time: Date.parse("2026-11-28T12:00:00.5Z") },
    ]);
  });
});
