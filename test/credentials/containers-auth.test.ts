import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createContainersAuth } from "../../src/credentials/containers-auth.ts";
import { createHelpers } from "../../src/credentials/helper.ts";
import { instantClock } from "../support/client.ts";
import { revealed } from "./support/revealed.ts";
import { base64, helperBody, openWorkshop, type Workshop } from "./support/workshop.ts";

const signal = new AbortController().signal;
const name = "~/.config/containers/auth.json";

let workshop: Workshop;
before(async () => {
  workshop = await openWorkshop();
});
after(() => workshop.remove());

async function find(content: unknown, host: string, path: string) {
  const file = { path: await workshop.writeFile("auth.json", content), name };
  const source = createContainersAuth({ file, helpers: createHelpers({ exec: workshop.exec, clock: instantClock() }) });
  return revealed(await source.find({ host, path }, { signal }));
}

const entry = (user: string) => ({ auth: base64(`${user}:pw`) });

describe("containers' auth.json", () => {
  it("takes the longest key that is a prefix of the repository, by whole path segments", async () => {
    const content = {
      auths: {
        "h.test": entry("host"),
        "h.test/team": entry("namespace"),
        "h.test/team/app": entry("repository"),
      },
    };
    assert.equal((await find(content, "h.test", "team/app"))?.["username"], "repository");
    assert.equal((await find(content, "h.test", "team/other/deep"))?.["username"], "namespace");
    assert.equal((await find(content, "h.test", "teammate/app"))?.["username"], "host");
    assert.equal(await find(content, "h.test:5000", "team/app"), undefined);
    const only = { auths: { "h.test/team": entry("namespace") } };
    assert.equal(await find(only, "h.test", "other/app"), undefined);
  });

  it("calls the file's helper with the bare host before it reads auths", async () => {
    await workshop.writeProgram("docker-credential-own", helperBody({ Username: "own", Secret: "s" }));
    const content = { credHelpers: { "h.test": "own" }, auths: { "h.test/team": entry("namespace") } };
    const credential = await find(content, "h.test", "team/app");
    assert.equal(credential?.["origin"], `credHelpers in ${name}`);
    assert.ok((await workshop.log()).includes("get h.test"));
  });

  it("finds Docker Hub under its name and under Docker's old URL", async () => {
    assert.equal((await find({ auths: { "docker.io": entry("a") } }, "docker.io", "library/nginx"))?.["username"], "a");
    const old = { auths: { "https://index.docker.io/v1/": entry("b") } };
    assert.equal((await find(old, "docker.io", "library/nginx"))?.["username"], "b");
  });

  it("causes an error if it is invalid", async () => {
    await assert.rejects(find("{", "h.test", "a"), { code: "CREDENTIALS_FAILED" });
  });
});
