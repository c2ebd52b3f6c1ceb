import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { describe, it } from "node:test";
import { createEgress, type Egress } from "../../src/http/egress.ts";
import { DEFAULT_TIMEOUTS } from "../../src/http/limits.ts";
import { listenOn } from "../../src/http/listen.ts";
import { defaultHostSettings } from "../../src/model/host-settings.ts";
import { cleanUpAfterEach } from "../support/clean-up.ts";
import { instantClock } from "../support/client.ts";
import { calm } from "../support/scope.ts";

const onEnd = cleanUpAfterEach();

/** Asks a server for a response of at most 1,000 bytes. */
async function askShort(answer: RequestListener, signal: AbortSignal = calm.signal): ReturnType<Egress["send"]> {
  const server = await listenOn(createServer(answer), { host: "127.0.0.1", port: 0 });
  onEnd(server.close);
  const clock = instantClock();
  const egress = createEgress({
    proxies: { http: "", https: "", no: "" },
    timeouts: DEFAULT_TIMEOUTS,
    userAgent: "imgsync-test",
    clock,
  });
  onEnd(egress.close);
  return egress.send({
    registry: { ...defaultHostSettings(server.address), plainHttp: true },
    purpose: "registry",
    method: "GET",
    url: new URL(`http://${server.address}/v2/`),
    why: "test",
    headers: {},
    bodyLimit: 1000,
    signal,
  });
}

async function read(body: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of body) length += chunk.byteLength;
  return length;
}

describe("a response that is read at once", () => {
  it("has its status, headers and bytes", async () => {
    const answer = await askShort((_, response) => {
      response.writeHead(404, { "x-name": "value" });
      response.end(Buffer.alloc(900));
    });
    assert.equal(answer.status, 404);
    assert.equal(answer.header("x-name"), "value");
    assert.equal(await read(answer.body), 900);
  });

  it("is not read further than its limit, however long it is", async () => {
    let sent = 0;
    let isClosed = false;
    const answer = await askShort((_, response) => {
      response.once("close", () => (isClosed = true));
      const more = (): void => {
        for (sent += 65_536; response.write(Buffer.alloc(65_536)); sent += 65_536) if (isClosed) return;
        response.once("drain", more);
      };
      more();
    });
    const length = await read(answer.body);
    assert.ok(length > 1000, "the reader sees that there is more");
    assert.ok(length <= 1000 + 65_536, `${length} bytes were held`);
  });

  it("keeps its status if it breaks off, and throws when its body is read", async () => {
    const answer = await askShort((_, response) => {
      response.writeHead(200, { "content-length": "500" });
      response.write(Buffer.alloc(100), () => response.destroy());
    });
    assert.equal(answer.status, 200);
    await assert.rejects(read(answer.body), { code: "REGISTRY_UNREACHABLE" });
  });

  it("ends with the reason of an abort before it has begun", async () => {
    const giving = new AbortController();
    const asked = askShort(() => giving.abort(), giving.signal);
    await assert.rejects(asked, { name: "AbortError" });
  });
});
