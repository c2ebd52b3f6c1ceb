import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { pipeline } from "node:stream/promises";
import { listenOn } from "../../http/listen.ts";
import type { Credential } from "../../model/credential.ts";
import { isDenied } from "../../model/error.ts";
import { holdSecret, secret } from "../../model/secret.ts";
import type { ServeRepository } from "../../model/served-repository.ts";
import type { Store } from "../../model/store.ts";
import { type Answer, type Answers, createAnswers, problem } from "./answers.ts";

const HOST = "127.0.0.1";
/** The served repository's name, which clients may print. */
const NAME = "layout";
const USER = "imgsync";
const SLOWEST_MS = 10_000;

const UNAUTHORIZED = problem(401, "UNAUTHORIZED", "authentication required", {
  "www-authenticate": 'Basic realm="imgsync"',
});
const READ_ONLY = problem(405, "UNSUPPORTED", "this registry is read-only");
/** Clients repeat requests after a 5xx status, and take a 404 for an absence. */
const UNREADABLE = problem(403, "DENIED", "this cannot be read");

/**
 * Serves repositories of a store, each at a port of its own on the loopback interface. Every user of the machine can connect, and can see
 * the reference among the arguments of a client, so that each request must have a random password.
 */
export function createServe(store: Store): ServeRepository {
  const password = randomBytes(32).toString("hex");
  const credential: Credential = { kind: "basic", username: USER, password: secret(password), origin: "imgsync" };
  const authorization = `Basic ${Buffer.from(`${USER}:${password}`).toString("base64")}`;
  holdSecret(authorization);
  return async (repository, { signal }) => {
    const ending = new AbortController();
    let failure: unknown;
    const serving: Serving = {
      authorization,
      answers: createAnswers(store, { repository, name: NAME }),
      signal: AbortSignal.any([signal, ending.signal]),
      onFailure: (thrown) => {
        if (!serving.signal.aborted) failure ??= thrown;
      },
    };
    // an import when the program starts would take longer than a small plan: Node.js loads its own fetch with it
    const { createServer } = await import("node:http");
    const server = createServer((request, response) => void respond(request, response, serving));
    server.requestTimeout = SLOWEST_MS;
    server.headersTimeout = SLOWEST_MS;
    await checkPermission();
    const { address, close } = await listenOn(server, { host: HOST, port: 0 });
    return {
      repository: { host: address, path: NAME },
      credential,
      failure: () => failure,
      close: async () => {
        ending.abort();
        await close();
      },
    };
  };
}

/**
 * Without permission to listen, Deno throws where nothing can catch it. A connection, here to a port that nothing can have, needs the same
 * permission and fails where it can be caught.
 */
async function checkPermission(): Promise<void> {
  const socket = connect({ host: HOST, port: 0 });
  try {
    await once(socket, "connect");
  } catch (thrown) {
    if (isDenied(thrown)) throw thrown;
  } finally {
    socket.destroy();
  }
}

type Serving = {
  readonly authorization: string;
  readonly answers: Answers;
  readonly signal: AbortSignal;
  readonly onFailure: (thrown: unknown) => void;
};

async function respond(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const isHead = request.method === "HEAD";
  try {
    const answer = await chooseAnswer(request, serving);
    const content = "open" in answer && !isHead ? await begin(await answer.open()) : undefined;
    response.writeHead(answer.status, answer.headers);
    if (content === undefined) response.end("body" in answer && !isHead ? answer.body : undefined);
    else await send(content, response, serving);
  } catch (thrown) {
    serving.onFailure(thrown);
    response.writeHead(UNREADABLE.status, UNREADABLE.headers);
    response.end(isHead ? undefined : UNREADABLE.body);
  }
}

async function chooseAnswer(request: IncomingMessage, serving: Serving): Promise<Answer> {
  const { method, url = "/", headers } = request;
  if (!isSame(headers.authorization ?? "", serving.authorization)) return UNAUTHORIZED;
  if (method !== "GET" && method !== "HEAD") return READ_ONLY;
  return serving.answers(url.split("?", 1)[0] ?? "/", serving);
}

/** Reads the first chunk, which is verified if it is the only one: small content that is damaged fails before a status is sent. */
async function begin(content: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const rest = content[Symbol.asyncIterator]();
  const first = await rest.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => rest };
  })();
}

/** Cuts the connection if the content turns out to be damaged: the status has been sent. */
async function send(
  content: AsyncIterable<Uint8Array>,
  response: ServerResponse,
  { onFailure }: Serving,
): Promise<void> {
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* content;
    } catch (thrown) {
      onFailure(thrown);
      throw thrown;
    }
  };
  // a client that hangs up is no failure of the store
  await pipeline(watched(), response).catch(() => undefined);
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
