import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(
  new URL("../../node_modules/yaml-language-server/bin/yaml-language-server", import.meta.url),
);
const NODE = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
const HEADER = /^Content-Length: (\d+)\r\n(?:[^\r\n]+\r\n)*\r\n/;

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
};

/** A position in a file, both from 0. */
type Place = { readonly line: number; readonly character: number };

/** The language server that editors run for YAML, in a process of its own. */
export type LanguageServer = {
  /** Opens a file and returns the messages of its problems. */
  readonly open: (uri: string, text: string) => Promise<readonly string[]>;
  /** The text that an editor shows at a place. */
  readonly hover: (uri: string, place: Place) => Promise<string>;
  /** The words that an editor suggests at a place. */
  readonly complete: (uri: string, place: Place) => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
};

/** Starts the server without a catalog of schemas: it knows a schema only by the first line of a file. */
export async function startLanguageServer(): Promise<LanguageServer> {
  const child = spawn(NODE, [SERVER, "--stdio"], { stdio: ["pipe", "pipe", "ignore"] });
  const waiting = new Map<number, (message: Message) => void>();
  const problems = new Map<string, (messages: readonly string[]) => void>();
  let last = 0;
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const request = async (method: string, params: object): Promise<unknown> => {
    last += 1;
    const id = last;
    const answer = new Promise<Message>((resolve) => waiting.set(id, resolve));
    send({ id, method, params });
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  };
  const receive = (message: Message): void => {
    if (message.method === undefined) waiting.get(message.id ?? 0)?.(message);
    else if (message.method === "textDocument/publishDiagnostics") publish(message.params);
    // settings and registrations: the defaults, except for the catalog
    else if (message.id !== undefined) send({ id: message.id, result: answerTo(message) });
  };
  const publish = (params: unknown): void => {
    const { uri, diagnostics } = params as { uri: string; diagnostics: readonly { message: string }[] };
    problems.get(uri)?.(diagnostics.map(({ message }) => message));
  };
  readMessages(child.stdout, receive);
  await request("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: { workspace: { configuration: true } },
  });
  send({ method: "initialized", params: {} });
  const at = (uri: string, position: Place) => ({ textDocument: { uri }, position });
  return {
    open: (uri, text) => {
      const found = new Promise<readonly string[]>((resolve) => problems.set(uri, resolve));
      send({
        method: "textDocument/didOpen",
        params: { textDocument: { uri, languageId: "yaml", version: 1, text } },
      });
      return found;
    },
    hover: async (uri, place) => {
      const result = (await request("textDocument/hover", at(uri, place))) as { contents?: { value?: string } } | null;
      return result?.contents?.value ?? "";
    },
    complete: async (uri, place) => {
      const result = (await request("textDocument/completion", at(uri, place))) as { items: { label: string }[] };
      return result.items.map(({ label }) => label);
    },
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function answerTo({ method, params }: Message): unknown {
  if (method !== "workspace/configuration") return null;
  const { items } = params as { items: readonly { section: string }[] };
  return items.map(({ section }) =>
    section === "yaml"
      ? {
          validate: true,
          hover: true,
          completion: true,
          schemaStore: { enable: false },
          kubernetesCRDStore: { enable: false },
        }
      : null,
  );
}

/** Splits a stream into messages: a header with the length, and JSON. */
function readMessages(stream: NodeJS.ReadableStream, receive: (message: Message) => void): void {
  let rest = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const header = HEADER.exec(rest.toString("latin1"));
      if (header === null) return;
      const [start, end] = [header[0].length, header[0].length + Number(header[1])];
      if (rest.length < end) return;
      const body = rest.subarray(start, end).toString("utf8");
      rest = rest.subarray(end);
      receive(JSON.parse(body));
    }
  });
}
