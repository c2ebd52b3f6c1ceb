import assert from "node:assert/strict";
import { EventEmitter, on } from "node:events";
import { describe, it } from "node:test";
import { finished, makeFolder, startCli } from "../../support/cli.ts";
import type { FaultAction } from "../../support/embedded-registry/faults.ts";
import { listen } from "../../support/embedded-registry/server.ts";
import { fetchOnce } from "../../support/http.ts";
import { smallImage } from "../../support/images.ts";
import { createScope } from "../../support/scope.ts";

const { registry: start, onEnd } = createScope();

/** Part of the path, as in Slack's URLs, and of the query, as in others. */
const SECRET = "T0K3N";
const HOSTILE = "<!channel> <@U12345> <https://evil.example|click here> @here &lt;!everyone&gt;";

type Answer = number | "silence";

/** Receives notices, and answers each as `answerTo` decides. */
async function startReceiver(answerTo: (line: string) => Answer) {
  const arrivals = new EventEmitter();
  const { host, stop } = await listen(undefined, (message, response) => {
    const chunks: Uint8Array[] = [];
    message.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    message.on("end", () => {
      const line = `${message.method} ${message.url}`;
      const answer = answerTo(line);
      if (answer !== "silence") response.writeHead(answer).end();
      arrivals.emit(line, Buffer.concat(chunks).toString("utf8"));
    });
  });
  onEnd(stop);
  return {
    host,
    stop,
    /** Returns a function that resolves with the body of the next request with this line. */
    listenFor: (line: string) => {
      const bodies = on(arrivals, line);
      return async (): Promise<string> => {
        const next = await bodies.next();
        return String(next.value?.[0]);
      };
    },
  };
}

const WEBHOOK = `POST /services/${SECRET}?key=${SECRET}`;
const HEARTBEAT = `GET /ping/${SECRET}`;

/** Watches every second, with a receiver for the webhook and the heartbeat. */
async function watchEachSecond(answerTo: (line: string) => Answer) {
  const source = await start();
  let fault: FaultAction | undefined;
  const target = await start({
    onRequest: ({ method, kind }) => (method === "PUT" && kind === "manifest" ? fault : undefined),
  });
  source.putImage("app", "v1", smallImage(1));
  const receiver = await startReceiver(answerTo);
  const folder = await makeFolder({
    "images.yaml": `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images: [{ source: "${source.host}/app:v1", target: "${target.host}/app" }]
`,
  });
  onEnd(folder.remove);
  const webhook = receiver.listenFor(WEBHOOK);
  const heartbeat = receiver.listenFor(HEARTBEAT);
  const schedule = ["--schedule", "* * * * * *", "--jitter", "0"];
  const child = startCli(["watch", "--verbose", "--listen", "127.0.0.1:0", ...schedule], {
    cwd: folder.path,
    environment: {
      XDG_RUNTIME_DIR: folder.path,
      IMGSYNC_WEBHOOK_URL: `http://${receiver.host}/services/${SECRET}?key=${SECRET}`,
      IMGSYNC_HEARTBEAT_URL: `http://${receiver.host}/ping/${SECRET}`,
    },
  });
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = finished(child);
  onEnd(async () => {
    if (child.exitCode === null) child.kill("SIGKILL");
    await ended;
  });
  return {
    source,
    receiver,
    webhook,
    heartbeat,
    refuseTags: (message: string) => {
      const body = JSON.stringify({ errors: [{ code: "DENIED", message }] });
      fault = { kind: "answer", status: 403, headers: { "content-type": "application/json" }, body };
    },
    takeTags: () => (fault = undefined),
    /** The text of all status pages. */
    pages: async () => {
      const [, url = ""] = /status on (\S+)/.exec(log) ?? [];
      const texts = ["", "status.json", "metrics"].map(async (path) => (await fetchOnce(`${url}${path}`)).text);
      return (await Promise.all(texts)).join("\n");
    },
    stop: async () => {
      process.kill(child.pid ?? 0, "SIGTERM");
      return ended;
    },
  };
}

const textOf = (body: string): string => String(JSON.parse(body).text);

describe("notices of imgsync watch", () => {
  it("report changes and failures to a chat as plain text, and a successful run to the heartbeat", async () => {
    const { source, webhook, heartbeat, refuseTags, takeTags, pages, stop } = await watchEachSecond(() => 200);
    assert.match(
      textOf(await webhook()),
      /^imgsync images\.yaml: 1 applied, [0-9.]+ (?:B|KiB) moved\ncreate \S+\/app:v1$/,
    );
    await heartbeat();

    refuseTags(HOSTILE);
    source.putImage("app", "v1", smallImage(2));
    const refused = textOf(await webhook());
    assert.match(refused, /^imgsync images\.yaml: 1 failed/);
    assert.match(refused, /click here/);
    // Slack reads <…> as mentions and links, and & as the start of an escape
    assert.doesNotMatch(refused, /[<>]/);
    assert.doesNotMatch(refused, /&(?!(?:amp|lt|gt);)/);
    assert.doesNotMatch(refused, /@\w/);
    assert.match(refused, /&lt;!channel&gt;/);
    assert.match(refused, /&amp;lt;!everyone/);

    takeTags();
    assert.match(textOf(await webhook()), /^imgsync images\.yaml: 1 applied/);
    const shown = await pages();
    assert.match(shown, /imgsync_changes_total\{action="update"\} 1/);
    const { code, stdout, stderr } = await stop();
    assert.equal(code, 0);
    assert.doesNotMatch(`${shown}${stdout}${stderr}`, new RegExp(SECRET));
  });

  it("delay no run when the receiver does not respond, and are logged as failed once, without the URL", async () => {
    const { receiver, webhook, heartbeat, pages, stop } = await watchEachSecond((line) =>
      line === WEBHOOK ? "silence" : 500,
    );
    await webhook();
    for (let run = 0; run < 3; run += 1) await heartbeat();
    const shown = await pages();
    assert.match(shown, /imgsync_runs_total\{result="clean"\} (?:[3-9]|\d\d+)$/m);
    await receiver.stop();
    const { code, stdout, stderr } = await stop();
    assert.equal(code, 0);
    assert.equal(stderr.match(/heartbeat: \S+ answered with status 500/g)?.length, 1, stderr);
    assert.equal(stderr.match(/webhook: \S+ could not be notified/g)?.length, 1, stderr);
    assert.doesNotMatch(`${shown}${stdout}${stderr}`, new RegExp(SECRET));
  });
});
