import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type CliResult, finished, makeFolder, startCli } from "../support/cli.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

const USERNAME = "mirror";
const PASSWORD = "canary-7f3a/secret+9";

type Place = {
  readonly name: string;
  /** The files in the user's home, besides the manifest. */
  readonly files: (host: string) => Readonly<Record<string, string>>;
  readonly environment?: (host: string) => Readonly<Record<string, string>>;
  /** Whether the credentials do not work. */
  readonly isRefused?: boolean;
};

const basic = (password: string): string => Buffer.from(`${USERNAME}:${password}`).toString("base64");
const variable = (host: string): string => host.replaceAll(".", "_").replaceAll(":", "___");
const config = (content: unknown) => ({ "config.json": JSON.stringify(content) });
/** A helper that reads its secret from a file, so that the secret is not in the arguments of a process. */
const HELPER = `#!/bin/sh\ncat >/dev/null\ncat "$HOME/answer.json"\n`;

const PLACES: readonly Place[] = [
  {
    name: "the environment",
    files: () => ({}),
    environment: (host) => ({
      [`IMGSYNC_USERNAME_${variable(host)}`]: USERNAME,
      [`IMGSYNC_PASSWORD_${variable(host)}`]: PASSWORD,
    }),
  },
  { name: "Docker's config.json", files: (host) => config({ auths: { [host]: { auth: basic(PASSWORD) } } }) },
  {
    name: "a helper",
    files: (host) => ({
      ...config({ credHelpers: { [host]: "canary" } }),
      "docker-credential-canary": HELPER,
      "answer.json": JSON.stringify({ ServerURL: host, Username: USERNAME, Secret: PASSWORD }),
    }),
  },
  {
    name: "a helper that fails and prints it",
    isRefused: true,
    files: (host) => ({
      ...config({ credHelpers: { [host]: "canary" } }),
      "docker-credential-canary": `#!/bin/sh\ncat "$HOME/answer.json"\ncat "$HOME/answer.json" >&2\nexit 1\n`,
      "answer.json": PASSWORD,
    }),
  },
  {
    name: "a refused identity token",
    isRefused: true,
    files: (host) => config({ auths: { [host]: { identitytoken: PASSWORD } } }),
  },
  {
    name: "a refused password",
    isRefused: true,
    files: (host) => config({ auths: { [host]: { auth: basic(`${PASSWORD}, but wrong`) } } }),
  },
  {
    name: "a broken config.json",
    isRefused: true,
    files: (host) => ({ "config.json": `{ "auths": { "${host}": { "auth": "${basic(PASSWORD)}" ` }),
  },
];

describe("a secret from", () => {
  for (const { name, files, environment, isRefused = false } of PLACES) {
    it(`${name} is in no output, plan, argument or remaining file`, async () => {
      const sent: string[] = [];
      const source = await start();
      const target = await start({
        auth: { kind: "token", users: { [USERNAME]: PASSWORD } },
        onRequest: ({ headers }) => void sent.push(headers.authorization ?? ""),
      });
      source.putImage("app", "v1", smallImage(1));
      const folder = await makeFolder(files(target.host));
      onEnd(folder.remove);
      const home = folder.path;
      for (const made of ["temp", "run", "work"]) await mkdir(join(home, made), { mode: 0o700 });
      if ("docker-credential-canary" in files(target.host)) await chmod(join(home, "docker-credential-canary"), 0o755);
      await folder.write(
        "work/images.yaml",
        `version: 1\nregistries:\n  "${source.host}": { plainHttp: true }\n  "${target.host}": { plainHttp: true }\nimages:\n  - { source: "${source.host}/app:v1", target: "${target.host}/app" }\n`,
      );
      const options = {
        cwd: join(home, "work"),
        environment: {
          HOME: home,
          DOCKER_CONFIG: home,
          TMPDIR: join(home, "temp"),
          XDG_RUNTIME_DIR: join(home, "run"),
          PATH: `${home}:${process.env["PATH"] ?? ""}`,
          ...environment?.(target.host),
        },
      };
      const seen: string[] = [];
      const outputs: CliResult[] = [];
      for (const args of [
        ["plan", "--verbose", "--out", "plan.json"],
        ["apply", "--yes", "--format", "json"],
        ["plan", "--format", "json"],
      ]) {
        const child = startCli(args, options);
        const done = finished(child);
        while (child.exitCode === null && child.signalCode === null) seen.push(await commandLines());
        outputs.push(await done);
      }
      assert.deepEqual(
        outputs.map(({ code }) => code === 0),
        outputs.map(() => !isRefused),
        JSON.stringify(outputs),
      );
      assert.ok(
        seen.some((lines) => lines.includes("images.yaml") || lines.includes("plan")),
        "the run was seen",
      );
      const tokens = sent.flatMap((header) => (header.startsWith("Bearer ") ? [header.slice(7)] : []));
      assert.ok(isRefused || tokens.length > 0, "a token of the service was used");
      const texts = [...outputs.map((output) => JSON.stringify(output)), ...seen, ...(await filesBelow(home))];
      for (const form of [PASSWORD, encodeURIComponent(PASSWORD), basic(PASSWORD), btoa(PASSWORD), ...tokens])
        for (const text of texts) assert.ok(!text.includes(form), `"${form}" is in: ${text.slice(0, 2000)}`);
    });
  }
});

/** Returns the command lines of all processes on this machine. */
async function commandLines(): Promise<string> {
  const entries = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(entries.map((entry) => readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "")));
  return lines.join("\n").replaceAll("\0", " ");
}

/** Returns the contents of the files that are left in the folders that a run may write to. */
async function filesBelow(home: string): Promise<readonly string[]> {
  const folders = ["temp", "run", "work"].map((folder) => join(home, folder));
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")),
    ),
  );
  return Promise.all(found.flat());
}
