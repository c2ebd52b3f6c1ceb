import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { describe, it } from "node:test";
import { Agent } from "undici";
import { sendHead } from "../../src/http/head.ts";
import { listenOn } from "../../src/http/listen.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";

const onEnd = cleanUpAfterEach();

/** Returns a function that sends a HEAD to a server with this listener. */
async function serve(listener: RequestListener) {
  const { address, close } = await listenOn(createServer(listener), { host: "127.0.0.1", port: 0 });
  const agent = new Agent();
  onEnd(async () => {
    await agent.destroy();
    await close();
  });
  return (signal: AbortSignal) =>
    sendHead(agent, new URL(`http://${address}/path?query`), { headers: {}, signal, headersTimeoutMs: 60_000 });
}

/** A signal that counts its listeners. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  return { signal, abort: (reason: Error) => controller.abort(reason), listeners: () => listeners };
}

describe("a HEAD", () => {
  it("returns the final answer, and adds no listener of its own to a signal that others use", async () => {
    const head = await serve((request, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" }, () => {
        response.writeHead(404, { "x-asked": `${request.method} ${request.url}` }).end();
      });
    });
    const { signal, listeners } = counted();
    const answers = await Promise.all([head(signal), head(signal)]);
    for (const { statusCode, headers } of answers)
      assert.deepEqual([statusCode, headers["x-asked"]], [404, "HEAD /path?query"]);
    assert.equal(listeners(), 1);
  });

  it("ends with the reason of its signal, and so does its connection", async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const head = await serve((request) => {
      request.socket.once("close", () => close());
      ask();
    });
    const { signal, abort } = counted();
    const asking = assert.rejects(head(signal), { message: "left" });
    await asked;
    abort(new Error("left"));
    await asking;
    await closed;
    await assert.rejects(head(signal), { message: "left" });
  });

  it("fails if the connection is closed without an answer", async () => {
    const head = await serve((request) => request.socket.destroy());
    await assert.rejects(head(new AbortController().signal), { code: "UND_ERR_SOCKET" });
  });
});
