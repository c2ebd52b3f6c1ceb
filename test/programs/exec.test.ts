import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createExec, ProgramError } from "../../src/programs/exec.ts";
import { findProgram } from "../../src/programs/find-program.ts";
import { toErrorDetails } from "../../src/model/error.ts";
import { secret } from "../../src/model/secret.ts";
import type { TraceEvent } from "../../src/model/trace.ts";

const SYSTEM_PATH = "/usr/bin:/bin";
const never = new AbortController().signal;
const options = { timeoutMs: 20_000, signal: never };

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "imgsync-exec-"));
});
after(() => rm(folder, { recursive: true, force: true }));

async function writeProgram(name: string, body: string, mode = 0o700): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, mode);
  return file;
}

function execHere(environment: Readonly<Record<string, string | undefined>> = {}) {
  return createExec({ environment: { PATH: `${folder}:${SYSTEM_PATH}`, ...environment } });
}

function isProblem(problem: ProgramError["problem"]) {
  return (thrown: unknown): boolean => thrown instanceof ProgramError && thrown.problem === problem;
}

describe("exec", () => {
  it("returns exit code, stdout and stderr unchanged", async () => {
    await writeProgram("both", 'printf "out %s\\n" "$1"; echo err >&2; exit 3');
    const result = await execHere()("both", ["a b; echo $HOME"], options);
    assert.deepEqual(result, { exitCode: 3, stdout: "out a b; echo $HOME\n", stderr: "err\n" });
  });

  it("traces a program with its arguments, unless they may contain a secret", async () => {
    const file = await writeProgram("traced", "exit 4");
    const events: TraceEvent[] = [];
    const exec = createExec({ environment: { PATH: folder }, trace: (event) => events.push(event) });
    await exec("traced", ["a", "b"], options);
    await exec("traced", ["canary"], { ...options, hidesArguments: true });
    assert.deepEqual(
      events.map((event) => (event.type === "program" ? [event.file, event.arguments, event.exitCode] : [])),
      [
        [file, ["a", "b"], 4],
        [file, undefined, 4],
      ],
    );
  });

  it("sends input, including a secret, to stdin and closes it", async () => {
    await writeProgram("echo-input", "cat");
    const exec = execHere();
    assert.equal((await exec("echo-input", [], { ...options, input: "plain" })).stdout, "plain");
    assert.equal((await exec("echo-input", [], { ...options, input: secret("hidden") })).stdout, "hidden");
    assert.equal((await exec("echo-input", [], options)).stdout, "");
  });

  it("keeps stdin open after the input on request", async () => {
    await writeProgram("first-line", 'read -r line; echo "$line"; timeout 0.3 cat; echo "cat: $?"');
    const exec = execHere();
    const input = secret("hidden\n");
    assert.equal((await exec("first-line", [], { ...options, input })).stdout, "hidden\ncat: 0\n");
    const open = await exec("first-line", [], { ...options, input, keepsInputOpen: true });
    assert.equal(open.stdout, "hidden\ncat: 124\n");
    await writeProgram("reads-nothing", "exit 5");
    const unread = { ...options, input: "x".repeat(1_000_000), keepsInputOpen: true };
    assert.equal((await exec("reads-nothing", [], unread)).exitCode, 5);
  });

  it("withholds loader variables, imgsync's own settings and relative PATH entries from the program", async () => {
    await writeProgram("show-environment", "env");
    const exec = createExec({
      environment: {
        PATH: `.::bin:${folder}:${SYSTEM_PATH}`,
        LD_PRELOAD: "/evil.so",
        DYLD_INSERT_LIBRARIES: "/evil.dylib",
        IMGSYNC_PASSWORD_HOST: "hunter2",
        KEPT: "yes",
        GONE: "base",
      },
    });
    const { stdout } = await exec("show-environment", [], {
      ...options,
      environment: { ADDED: "1", GONE: undefined, LD_LIBRARY_PATH: "/evil" },
    });
    const lines = stdout.split("\n");
    assert.ok(lines.includes("KEPT=yes") && lines.includes("ADDED=1"));
    assert.ok(lines.includes(`PATH=${folder}:${SYSTEM_PATH}`));
    assert.doesNotMatch(stdout, /LD_|IMGSYNC_|evil|hunter2|GONE/);
  });

  it("never finds a program through empty or relative PATH entries, or by a relative path", async () => {
    await writeProgram("only-here", "echo ran");
    const before = process.cwd();
    process.chdir(folder);
    try {
      for (const path of [".", "", ":", "./", "../x", undefined]) {
        assert.equal(await findProgram("only-here", { PATH: path }), undefined);
      }
      assert.equal(await findProgram("./only-here", { PATH: folder }), undefined);
      assert.equal(await findProgram("../bin/sh", { PATH: "/usr/bin" }), undefined);
      assert.equal(await findProgram("only-here", { PATH: `.:${folder}` }), join(folder, "only-here"));
    } finally {
      process.chdir(before);
    }
  });

  it("skips folders and files that are not executable", async () => {
    await mkdir(join(folder, "a-folder"), { recursive: true });
    await writeProgram("no-permission", "echo ran", 0o600);
    assert.equal(await findProgram("a-folder", { PATH: folder }), undefined);
    assert.equal(await findProgram("no-permission", { PATH: folder }), undefined);
    assert.equal(await findProgram(join(folder, "no-permission"), {}), undefined);
  });

  it("names a missing program", async () => {
    await assert.rejects(execHere()("imgsync-no-such-program", [], options), (thrown) => {
      assert.ok(isProblem("missing")(thrown));
      assert.match(toErrorDetails(thrown).message, /"imgsync-no-such-program" is not a program on the PATH/);
      return true;
    });
  });

  it("reports a file that cannot be started", async () => {
    const file = join(folder, "broken");
    await writeFile(file, "#!/no/such/interpreter\n");
    await chmod(file, 0o700);
    await assert.rejects(execHere()("broken", [], options), isProblem("not-started"));
  });

  it("stops a program that takes too long, with its children, even if it ignores SIGTERM", async () => {
    const pids = join(folder, "pids");
    await writeProgram(
      "hang",
      `trap "" TERM; sleep 300 & echo $! > ${pids}; echo $$ >> ${pids}; while :; do sleep 300; done`,
    );
    await assert.rejects(execHere()("hang", [], { ...options, timeoutMs: 1000 }), (thrown) => {
      assert.match(toErrorDetails(thrown).message, /"hang" did not finish within 1 s and was stopped/);
      return isProblem("timeout")(thrown);
    });
    for (const pid of (await readFile(pids, "utf8")).trim().split("\n")) await assertGone(Number(pid));
  });

  it("stops the program when the signal aborts, and throws the signal's reason", async () => {
    const abort = new AbortController();
    await writeProgram("wait", "echo ready; sleep 300");
    const running = execHere()("wait", [], { ...options, signal: abort.signal, onLine: () => abort.abort() });
    await assert.rejects(running, { name: "AbortError" });
    await assert.rejects(execHere()("wait", [], { ...options, signal: abort.signal }), { name: "AbortError" });
  });

  it("stops a program with endless output", async () => {
    await writeProgram("flood", "exec yes 0123456789");
    await assert.rejects(execHere()("flood", [], { ...options, maxOutputBytes: 10_000 }), isProblem("output"));
    await assert.rejects(execHere()("flood", [], options), isProblem("output"));
  });

  it("passes on each line and returns all of the output", async () => {
    await writeProgram("lines", "echo one; echo two >&2; printf three");
    const lines: string[] = [];
    const onLine = (line: string, stream: string): void => void lines.push(`${stream} ${line}`);
    const result = await execHere()("lines", [], { ...options, onLine });
    assert.deepEqual(lines.sort(), ["stderr two", "stdout one", "stdout three"]);
    assert.equal(result.stdout, "one\nthree");
    assert.equal(result.stderr, "two\n");
  });

  it("passes on lines that are dropped, without a limit to them", async () => {
    await writeProgram("chatty", "yes noise | head -n 50000; echo kept; yes noise | head -n 50000 >&2");
    let lines = 0;
    const result = await execHere()("chatty", [], {
      ...options,
      maxOutputBytes: 1000,
      onLine: () => (lines += 1),
      isDropped: (line) => line === "noise",
    });
    assert.deepEqual(result, { exitCode: 0, stdout: "kept\n", stderr: "" });
    assert.equal(lines, 100_001);
  });

  it("returns the exit code of a shell for a program that a signal killed", async () => {
    await writeProgram("suicide", "kill -KILL $$");
    assert.equal((await execHere()("suicide", [], options)).exitCode, 137);
  });

  it("keeps arguments, input and output out of its errors", async () => {
    await writeProgram("leak", "cat; cat >&2; exec yes hunter2");
    const running = execHere()("leak", ["hunter2"], { ...options, input: secret("hunter2"), maxOutputBytes: 1000 });
    await assert.rejects(running, (thrown) => {
      assert.doesNotMatch(JSON.stringify(toErrorDetails(thrown)), /hunter2/);
      return thrown instanceof Error && thrown.cause === undefined;
    });
  });
});

/** Reads the state of the process, because a killed process still accepts signal 0 until its parent reaps it. */
async function assertGone(pid: number): Promise<void> {
  const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "gone");
  assert.match(state, /^gone$|\) [ZX] /);
}
