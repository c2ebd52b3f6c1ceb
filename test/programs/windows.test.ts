import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batchProblem } from "../../src/programs/batch-file.ts";
import { childEnvironment, type Environment } from "../../src/programs/environment.ts";
import { createExec } from "../../src/programs/exec.ts";
import { findProgram, type Machine } from "../../src/programs/find-program.ts";

const SDK = "C:\\Google Cloud SDK\\bin";
const DOCKER = "C:\\Program Files\\Docker";

/** A Windows machine with these files, whose names have no case. */
function machineWith(...files: readonly string[]): Machine {
  const known = new Set(files.map((file) => file.toLowerCase()));
  return { system: "windows", isProgram: async (file) => known.has(file.toLowerCase()) };
}

const machine = machineWith(
  `${SDK}\\gcloud`,
  `${SDK}\\gcloud.cmd`,
  `${SDK}\\docker-credential-gcloud.cmd`,
  `${DOCKER}\\docker.exe`,
  `${DOCKER}\\docker.cmd`,
  `${DOCKER}\\script.js`,
  "evil\\docker.exe",
  "\\evil\\docker.exe",
  "D:evil\\docker.exe",
  "docker.exe",
);
const find = (program: string, environment: Environment) => findProgram(program, environment, machine);

describe("programs on Windows", () => {
  it("are found in Path, in any case, with the extensions of PATHEXT", async () => {
    for (const name of ["Path", "PATH", "path"]) {
      assert.equal(await find("gcloud", { [name]: `${DOCKER};${SDK}` }), `${SDK}\\gcloud.cmd`);
    }
    assert.equal(await find("docker-credential-gcloud", { Path: SDK }), `${SDK}\\docker-credential-gcloud.cmd`);
  });

  it("are tried in the order of PATHEXT, and in the usual order without it", async () => {
    assert.equal(await find("docker", { Path: DOCKER }), `${DOCKER}\\docker.exe`);
    assert.equal(await find("docker", { Path: DOCKER, PathExt: ".CMD;.EXE" }), `${DOCKER}\\docker.cmd`);
    assert.equal(await find("docker", { Path: DOCKER, PATHEXT: "" }), `${DOCKER}\\docker.exe`);
    assert.equal(await find("gcloud", { Path: SDK, PATHEXT: ".EXE" }), undefined);
  });

  it("may be named with their extension or their path", async () => {
    assert.equal(await find("docker.EXE", { Path: DOCKER }), `${DOCKER}\\docker.EXE`);
    assert.equal(await find(`${DOCKER}\\docker`, {}), `${DOCKER}\\docker.exe`);
    assert.equal(await find(`${DOCKER.replaceAll("\\", "/")}/docker.exe`, {}), undefined);
    assert.equal(await find(`${DOCKER}\\docker.exe`, {}), `${DOCKER}\\docker.exe`);
  });

  it("are never files without an extension, or scripts of a script host", async () => {
    assert.equal(await findProgram("gcloud", { Path: SDK }, machineWith(`${SDK}\\gcloud`)), undefined);
    assert.equal(await find("script", { Path: DOCKER, PATHEXT: ".JS;.EXE" }), undefined);
    assert.equal(await find("script.js", { Path: DOCKER, PATHEXT: ".JS;.EXE" }), undefined);
  });

  it("are never searched in the current folder or on the current drive", async () => {
    for (const Path of [".", "", ";", "evil", "\\evil", "D:evil", "D:", '""', undefined]) {
      assert.equal(await find("docker", { Path }), undefined, Path);
    }
    for (const program of [
      "evil\\docker",
      "evil/docker",
      ".\\docker",
      "\\evil\\docker",
      "D:evil\\docker",
      "C:docker",
    ]) {
      assert.equal(await find(program, { Path: DOCKER }), undefined, program);
    }
  });

  it("are found in folders that are quoted or on a network share", async () => {
    assert.equal(await find("docker", { Path: `"${DOCKER}"` }), `${DOCKER}\\docker.exe`);
    const share = "\\\\server\\tools";
    assert.equal(
      await findProgram("docker", { Path: share }, machineWith(`${share}\\docker.exe`)),
      `${share}\\docker.exe`,
    );
  });
});

describe("batch files", () => {
  const gcloud = `${SDK}\\gcloud.cmd`;
  const token = [
    "auth",
    "print-access-token",
    "--impersonate-service-account=mirror@my-project.iam.gserviceaccount.com",
  ];

  it("get arguments that cmd.exe does not interpret", () => {
    assert.equal(batchProblem(gcloud, token, "windows"), undefined);
    assert.equal(batchProblem(gcloud, ["C:\\a b\\c,d;e=f", "", "ä"], "windows"), undefined);
  });

  it("are not started with an argument that cmd.exe interprets, even between quotes", () => {
    for (const character of ['"', "%", "!", "^", "&", "|", "<", ">", "(", ")", "\n", "\r", "\0"]) {
      for (const file of [gcloud, `${SDK}\\GCLOUD.BAT`]) {
        assert.match(batchProblem(file, ["auth", `a${character}b`], "windows") ?? "", /cmd\.exe/, character);
      }
    }
  });

  it("are not started from a path that cmd.exe interprets", () => {
    assert.match(batchProblem("C:\\%TEMP%\\gcloud.cmd", [], "windows") ?? "", /path/);
    assert.equal(batchProblem("C:\\Program Files (x86)\\gcloud.cmd", token, "windows"), undefined);
  });

  it("are the only programs with this limit", () => {
    assert.equal(batchProblem(`${DOCKER}\\docker.exe`, ['{{json .}} & "%PATH%"'], "windows"), undefined);
    assert.equal(batchProblem("/usr/bin/tool.cmd", ["a&b"], "posix"), undefined);
  });

  it("are refused before they start, and the error does not contain the argument", async () => {
    const exec = createExec({ environment: { Path: SDK }, machine });
    const signal = new AbortController().signal;
    await assert.rejects(exec("gcloud", ["canary&calc"], { timeoutMs: 1000, signal }), (thrown) => {
      assert.ok(thrown instanceof Error);
      assert.match(thrown.message, /^"gcloud" was not started: it is a batch file, and cmd\.exe would interpret/);
      return !thrown.message.includes("canary");
    });
  });
});

describe("the environment of a program on Windows", () => {
  it("has each variable once, whatever its case, and no relative folder in Path", () => {
    const base = { Path: `.;bin;\\tools;D:x;"${SDK}";${DOCKER}`, docker_context: "mine", Kept: "yes", Changed: "old" };
    assert.deepEqual(childEnvironment(base, { DOCKER_CONTEXT: undefined, CHANGED: "new" }, "windows"), {
      Path: `${SDK};${DOCKER}`,
      Kept: "yes",
      CHANGED: "new",
      NoDefaultCurrentDirectoryInExePath: "1",
    });
  });

  it("lacks imgsync's own variables in any case, and keeps batch files from searching the current folder", () => {
    const base = { imgsync_password_host: "canary", NODEFAULTCURRENTDIRECTORYINEXEPATH: undefined };
    assert.deepEqual(childEnvironment(base, {}, "windows"), { NoDefaultCurrentDirectoryInExePath: "1" });
  });

  it("keeps variables apart that differ in their case on other systems", () => {
    const base = { PATH: "/bin:.", Path: ".", a: "1", A: "2" };
    assert.deepEqual(childEnvironment(base, { a: undefined }, "posix"), { PATH: "/bin", Path: ".", A: "2" });
  });
});
