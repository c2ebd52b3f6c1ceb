import assert from "node:assert/strict";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { environmentName } from "../../src/model/environment-name.ts";
import { finished, makeFolder, runCli, startCli } from "../support/cli.ts";
import type { FaultAction } from "../support/embedded-registry/faults.ts";
import type { RegistryRequest } from "../support/embedded-registry/request.ts";
import { listen } from "../support/embedded-registry/server.ts";
import { fetchOnce } from "../support/http.ts";
import { smallImage } from "../support/images.ts";
import { createScope } from "../support/scope.ts";

const { registry: start, onEnd } = createScope();

const USERNAME = "mirror";
/** Also a valid tag, so that a registry can echo it as one. */
const PASSWORD = "canary-7f3a.Secret_9Q";
const PAIR = `${USERNAME}:${PASSWORD}`;
const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
const FORMS: readonly string[] = [PASSWORD, PAIR, ...[PASSWORD, PAIR].map(base64), base64(PAIR).replace(/=+$/, "")];
const TAGS: readonly string[] = [
  "v1",
  PASSWORD,
  base64(PAIR).replace(/=+$/, ""),
  `x${base64(PASSWORD).replace(/=+$/, "")}`,
];
const CI_COMMANDS = "##vso[task.setvariable variable=a]b ##[error]c section_start:1:d ##teamcity[e]";

type Echo = (request: RegistryRequest, text: string) => FaultAction | undefined;

/** The text with which a registry echoes everything that it was sent. */
function echoOf({ headers }: RegistryRequest): string {
  return ["you sent", headers.authorization ?? "", ...FORMS, encodeURIComponent(PAIR), CI_COMMANDS].join(" ");
}

const MODES: Readonly<Record<string, Echo>> = {
  "in warnings and tag names": (_, text) => ({ kind: "rewrite", headers: { warning: `299 - "${text}"` } }),
  "in every refusal": ({ headers, kind }, text) =>
    headers.authorization === undefined || kind === "token"
      ? undefined
      : {
          kind: "answer",
          status: 403,
          headers: { warning: `299 - "${text}"`, "www-authenticate": `Bearer error_description="${text}"` },
          body: JSON.stringify({
            errors: [{ code: "DENIED", message: text, detail: { reason: text, [PASSWORD]: text } }],
          }),
        },
  "from the token service": ({ kind }, text) =>
    kind === "token"
      ? { kind: "answer", status: 401, body: JSON.stringify({ error: text, details: text, error_description: text }) }
      : undefined,
  "as plain text and in addresses": ({ headers, kind }, text) =>
    headers.authorization === undefined || kind === "token"
      ? undefined
      : kind === "manifest"
        ? { kind: "answer", status: 307, headers: { location: `ftp://${PAIR}@a.test/${encodeURIComponent(text)}` } }
        : { kind: "answer", status: 400, body: text },
};

async function world(echo: Echo) {
  const tokens = new Set<string>();
  const seen: string[] = [];
  const open = () =>
    start({
      auth: { kind: "token", users: { [USERNAME]: PASSWORD } },
      onRequest: (request) => {
        const { authorization = "" } = request.headers;
        seen.push(authorization);
        if (authorization.startsWith("Bearer ")) tokens.add(authorization.slice(7));
        return echo(request, echoOf(request));
      },
    });
  const [source, target] = [await open(), await open()];
  for (const [index, tag] of TAGS.entries()) source.putImage("app", tag, smallImage(index));
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries:
  "${source.host}": { plainHttp: true }
  "${target.host}": { plainHttp: true }
images:
  - { source: "${source.host}/app", target: "${target.host}/app", tags: [{ glob: "*" }] }
`,
  });
  onEnd(folder.remove);
  const logins = [source, target].map(({ host }) => [
    [`IMGSYNC_USERNAME_${environmentName(host)}`, USERNAME],
    [`IMGSYNC_PASSWORD_${environmentName(host)}`, PASSWORD],
  ]);
  const environment: Record<string, string> = { ...Object.fromEntries(logins.flat()), XDG_RUNTIME_DIR: folder.path };
  return { source, target, folder, environment, tokens, seen };
}

function assertClean(text: string, what: string, tokens: ReadonlySet<string>): void {
  for (const form of [...FORMS, encodeURIComponent(PAIR), ...tokens])
    assert.ok(!text.includes(form), `"${form}" is in ${what}: ${text.slice(0, 3000)}`);
  assert.doesNotMatch(text, /##[\w.]*\[|section_start:/, what);
}

describe("secrets echoed by a registry", () => {
  for (const [name, echo] of Object.entries(MODES)) {
    // the modes differ in how the text arrives, not in where it is printed, so only two of them run all commands
    const isWhole = name === "in warnings and tag names" || name === "in every refusal";
    it(`are in no output of a command: ${name}`, async () => {
      const { source, target, folder, environment, tokens, seen } = await world(echo);
      const formats = ["text", "json", "markdown", "html", "shell"];
      const commands = [
        ["validate"],
        ...formats.map((format) => ["plan", "--verbose", "--format", format]),
        ["plan", "--out", "plan.json"],
        ["list", `${source.host}/app`, "--file", "images.yaml"],
        ["list", `${source.host}/app`, "--file", "images.yaml", "--format", "json"],
        ["doctor", "--verbose"],
        ["explain", `${target.host}/app:v1`],
        ["explain", `${target.host}/app:v1`, "--format", "json"],
        ["auth", "explain", source.host],
        ["pull", "--print"],
        ["apply", "--yes", "--verbose", "--format", "json"],
        ["apply", "--yes", "--verbose"],
        ["lock"],
      ];
      const masked: string[] = [];
      const brief = ["plan", "list", "doctor", "explain", "apply"];
      const chosen = isWhole
        ? commands
        : brief.map((command) => commands.findLast(([first]) => first === command) ?? []);
      for (const args of chosen) {
        const { stdout, stderr } = await runCli(args, {
          cwd: folder.path,
          environment: { ...environment, CI: "true" },
        });
        assertClean(stdout + stderr, args.join(" "), tokens);
        if (/you sent|\*\*\*/.test(stdout + stderr)) masked.push(args[0] ?? "");
      }
      for (const file of ["plan.json", "images.lock.yaml"])
        assertClean(await folder.read(file).catch(() => ""), file, tokens);
      assert.ok(
        seen.some((header) => header.startsWith("Basic ")),
        "the password was sent",
      );
      for (const command of brief)
        assert.ok(masked.includes(command), `${command} shows what the registry says, masked`);
      if (name.includes("tag names"))
        assert.ok(target.store.tags("app").has(PASSWORD), "what is copied stays as it is");
    });

    it(`are in no log, page, metric or notice of watch: ${name}`, async () => {
      const { folder, environment, tokens } = await world(echo);
      const notices: string[] = [];
      const receiver = await listen(undefined, (message, response) => {
        message.setEncoding("utf8").on("data", (text: string) => notices.push(text));
        message.on("end", () => response.writeHead(204).end());
      });
      onEnd(receiver.stop);
      const child = startCli(["watch", "--verbose", "--listen", "127.0.0.1:0"], {
        cwd: folder.path,
        environment: { ...environment, IMGSYNC_WEBHOOK_URL: `http://${receiver.host}/hook` },
      });
      const ended = finished(child);
      onEnd(async () => {
        if (child.exitCode === null) child.kill("SIGKILL");
        await ended;
      });
      assert.ok(child.stderr !== null);
      let url = "";
      for await (const line of createInterface({ input: child.stderr })) {
        url = /^status on (\S+)/.exec(line)?.[1] ?? "";
        if (url !== "") break;
      }
      while ((await fetchOnce(`${url}readyz`)).status !== 200) await once(child.stdout ?? child, "data");
      for (const path of ["", "status.json", "metrics"])
        assertClean((await fetchOnce(`${url}${path}`)).text, `/${path}`, tokens);
      child.kill("SIGTERM");
      const { stdout, stderr } = await ended;
      assertClean(stdout + stderr, "the log", tokens);
      assertClean(notices.join("\n"), "the notice", tokens);
      assert.ok(notices.length > 0, "it was notified");
    });
  }
});
