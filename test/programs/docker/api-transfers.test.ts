import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../../src/async/system-clock.ts";
import { createTransfers } from "../../../src/programs/docker/choose-transfers.ts";
import { createDockerCli } from "../../../src/programs/docker/docker-cli.ts";
import { makePrivateFolder } from "../../../src/programs/docker/private-folder.ts";
import type { TransferNews } from "../../../src/programs/docker/transfer-news.ts";
import { createExec } from "../../../src/programs/exec.ts";
import { RegistryError } from "../../../src/http/error.ts";
import { type Digest, digestOf } from "../../../src/model/digest.ts";
import type { Clock } from "../../../src/model/ports.ts";
import { secret } from "../../../src/model/secret.ts";
import { cleanUpAfterEach } from "../../support/clean-up.ts";

const cleanUp = cleanUpAfterEach();
const DIGEST = digestOf("the pushed manifest");
const PASSWORD = "password-for-the-daemon";
const VERSION = {
  Client: { ApiVersion: "1.45", DefaultAPIVersion: "1.50" },
  Server: { Components: [{ Name: "Engine" }] },
};
const TARGET = { repository: { host: "registry.test", path: "team/app" }, tag: "v1" };
const SOURCE = { repository: TARGET.repository, digest: DIGEST };
const DONE = [{ status: `v1: digest: ${DIGEST} size: 736` }];

type Fake = {
  readonly push: () => Promise<Digest | undefined>;
  readonly pull: () => Promise<void>;
  readonly news: readonly TransferNews[];
  /** What the daemon got, and the command lines in order. */
  readonly request: () => Promise<string>;
  readonly calls: () => Promise<readonly string[]>;
};

/** Creates a fake docker whose connection to the daemon answers with these lines, and whose command line can push and pull. */
async function fake(
  answer: readonly string[],
  {
    exitCode = 0,
    isContentTrusted = false,
    hangs = false,
    clock = systemClock,
    onNews = () => {},
  }: {
    readonly exitCode?: number;
    readonly isContentTrusted?: boolean;
    readonly hangs?: boolean;
    readonly clock?: Pick<Clock, "alarm">;
    readonly onNews?: () => void;
  } = {},
): Promise<Fake> {
  const folder = await mkdtemp(join(tmpdir(), "imgsync-fake-docker-"));
  cleanUp(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, "docker");
  await writeFile(join(folder, "answer"), answer.map((line) => `${line}\r\n`).join(""));
  await writeFile(
    program,
    `#!/bin/sh
echo "$@" >> ${folder}/calls
case "$*" in
  version*) echo '${JSON.stringify(VERSION)}' ;;
  "system dial-stdio")
    while read -r line && [ "$line" != "$(printf '\\r')" ]; do echo "$line" >> ${folder}/request; done
    cat ${folder}/answer; ${hangs ? "sleep 600" : ""}
    exit ${exitCode} ;;
  push*) echo "v1: digest: ${DIGEST} size: 1" ;;
  pull*) ;;
esac
`,
  );
  await chmod(program, 0o700);
  const run = createDockerCli({
    exec: createExec({ environment: { PATH: "/usr/bin:/bin" } }),
    command: program,
    daemon: async () => ({}),
  });
  const { push, pull } = createTransfers({ run, name: "docker", isContentTrusted, clock });
  const privateFolder = await makePrivateFolder([folder], {});
  cleanUp(privateFolder.remove);
  const news: TransferNews[] = [];
  const options = {
    credential: { kind: "basic", username: "me", password: secret(PASSWORD), origin: "the test" },
    onNews: (one: TransferNews) => {
      news.push(one);
      onNews();
    },
    folder: privateFolder,
    signal: new AbortController().signal,
  } as const;
  const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8").catch(() => "");
  return {
    push: () => push(TARGET, options),
    pull: () => pull(SOURCE, { ...options, platform: { os: "linux", architecture: "arm64" } }),
    news,
    request: () => read("request"),
    calls: async () => (await read("calls")).trim().split("\n"),
  };
}

function answering(status: string, messages: readonly unknown[]): readonly string[] {
  return [`HTTP/1.0 ${status}`, "Content-Type: application/json", "", ...messages.map((one) => JSON.stringify(one))];
}

function isFailure(code: string, said: RegExp, isRetryable: boolean) {
  return (thrown: unknown): boolean => {
    assert.ok(thrown instanceof RegistryError, String(thrown));
    assert.match(thrown.message, said);
    assert.deepEqual([thrown.code, thrown.facts.isRetryable], [code, isRetryable]);
    return true;
  };
}

describe("a push with docker's API", () => {
  it("sends the credential in a header through docker's own connection, and never as an argument", async () => {
    const { push, request, calls } = await fake(answering("200 OK", DONE));
    assert.equal(await push(), DIGEST);
    const [line, ...headers] = (await request()).split("\n").map((text) => text.trim());
    assert.equal(line, "POST /v1.45/images/registry.test/team/app/push?tag=v1 HTTP/1.0");
    const header = headers.find((text) => text.startsWith("X-Registry-Auth: ")) ?? "";
    const sent: unknown = JSON.parse(Buffer.from(header.split(" ")[1] ?? "", "base64url").toString("utf8"));
    assert.deepEqual(sent, { username: "me", password: PASSWORD, serveraddress: "registry.test" });
    assert.deepEqual(await calls(), ["version --format {{json .}}", "system dial-stdio"]);
  });

  it("asks the program once what it is, also for pushes that begin together", async () => {
    const { push, calls } = await fake(answering("200 OK", DONE));
    await Promise.all([push(), push()]);
    await push();
    assert.equal((await calls()).filter((call) => call.startsWith("version")).length, 1);
  });

  it("reports what the daemon reports of each layer", async () => {
    const { push, news } = await fake(
      answering("200 OK", [
        { status: "The push refers to repository [registry.test/team/app]" },
        { status: "Preparing", progressDetail: {}, id: "2f961d5f0acf" },
        { status: "Pushing", progressDetail: { current: 512, total: 3000 }, progress: "[>  ]", id: "2f961d5f0acf" },
        { status: "Layer already exists", progressDetail: {}, id: "c4af4d7b370a" },
        { status: "Pushed", progressDetail: {}, id: "2f961d5f0acf" },
        { progressDetail: {}, aux: { Tag: "v1", Digest: DIGEST, Size: 736 } },
      ]),
    );
    assert.equal(await push(), DIGEST);
    const layer = { kind: "layer", id: "2f961d5f0acf" };
    assert.deepEqual(news, [
      { ...layer, state: "seen" },
      { ...layer, state: "moving", current: 512, total: 3000 },
      { kind: "layer", id: "c4af4d7b370a", state: "present" },
      { ...layer, state: "moved" },
    ]);
  });

  it("fails with the daemon's error, before or during the transfer, even if the daemon goes on", async () => {
    const error = "unauthorized: authentication required";
    const during = await fake(answering("200 OK", [{ errorDetail: { message: error }, error }, ...DONE]));
    await assert.rejects(during.push(), isFailure("UNAUTHENTICATED", /authentication required/, false));
    const before = await fake(answering("404 Not Found", [{ message: "No such image: registry.test/team/app:v1" }]));
    await assert.rejects(before.push(), isFailure("SOURCE_NOT_FOUND", /no longer has the image/, false));
  });

  it("does not repeat what a registry echoes of the credential", async () => {
    const { push } = await fake(answering("200 OK", [{ error: `denied: "${PASSWORD}" may not do this` }]));
    await assert.rejects(push(), isFailure("DENIED", /denied: "\*\*\*" may not/, false));
  });

  it("is tried again if the daemon goes away in the middle, with or without an answer", async () => {
    for (const answer of [[], answering("200 OK", [{ status: "Preparing", id: "2f961d5f0acf" }])]) {
      const { push, calls } = await fake(answer);
      await assert.rejects(push(), isFailure("UNSUPPORTED", /daemon stopped answering/, true));
      assert.equal((await calls()).length, 2);
    }
  });

  it("is stopped if the daemon reports nothing for half an hour, counted from its last message", async () => {
    const alarms: { readonly milliseconds: number; readonly ring: () => void; isOff: boolean }[] = [];
    const clock: Pick<Clock, "alarm"> = {
      alarm: (milliseconds, ring) => {
        const alarm = { milliseconds, ring, isOff: false };
        alarms.push(alarm);
        return () => void (alarm.isOff = true);
      },
    };
    const layer = { status: "Pushing", progressDetail: { current: 512, total: 3000 }, id: "2f961d5f0acf" };
    const { push } = await fake(answering("200 OK", [layer]), {
      hangs: true,
      clock,
      onNews: () => alarms.at(-1)?.ring(),
    });
    await assert.rejects(push(), { code: "REGISTRY_TIMEOUT", message: /reported nothing for 30 minutes of a push/ });
    const [first, last] = alarms;
    assert.deepEqual([first?.isOff, last?.isOff, last?.milliseconds], [true, true, 1_800_000]);
  });

  it("falls back to the command line if docker cannot connect in this way", async () => {
    const { push, calls } = await fake([], { exitCode: 1 });
    assert.equal(await push(), DIGEST);
    assert.deepEqual((await calls()).slice(1), ["system dial-stdio", "push -- registry.test/team/app:v1"]);
  });

  it("is left to the command line if Docker Content Trust is on, which signs what is pushed", async () => {
    const { push, calls } = await fake(answering("200 OK", DONE), { isContentTrusted: true });
    assert.equal(await push(), DIGEST);
    assert.deepEqual((await calls()).slice(1), ["push -- registry.test/team/app:v1"]);
  });
});

describe("a pull with docker's API", () => {
  it("asks for one digest and platform, and is complete with docker's last message", async () => {
    const layer = { status: "Downloading", progressDetail: { current: 10, total: 20 }, id: "2f961d5f0acf" };
    const done = { status: "Status: Downloaded newer image for registry.test/team/app" };
    const { pull, request, news } = await fake(answering("200 OK", [layer, { ...layer, status: "Extracting" }, done]));
    await pull();
    const [line = ""] = (await request()).split("\n");
    const query = new URLSearchParams(line.split(/[? ]/)[2]);
    assert.match(line, /^POST \/v1\.45\/images\/create\?/);
    assert.deepEqual(Object.fromEntries(query), {
      fromImage: "registry.test/team/app",
      tag: DIGEST,
      platform: "linux/arm64",
    });
    assert.equal(news.length, 1);
    const lost = await fake(answering("200 OK", [layer]));
    await assert.rejects(lost.pull(), isFailure("UNSUPPORTED", /daemon stopped answering/, true));
  });

  it("falls back to the command line if docker cannot connect in this way", async () => {
    const { pull, calls } = await fake([], { exitCode: 1 });
    await pull();
    assert.equal((await calls()).at(-1), `pull --platform linux/arm64 -- registry.test/team/app@${DIGEST}`);
  });
});
