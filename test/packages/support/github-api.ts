import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export type Comment = { readonly id: number; readonly user: { readonly type: string }; readonly body: string };

/** The part of GitHub's API that is about the comments of the pull request 7 of `o/r`, whose head is "abc" on the branch "b" of `o`. */
export async function startGithubApi(known: readonly Comment[]) {
  const comments = [...known];
  const tokens = new Set<string>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    tokens.add(request.headers.authorization ?? "");
    void reply(request, response);
  });
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const value = await answer(request);
    response.writeHead(value === undefined ? 404 : 200);
    response.end(JSON.stringify(value ?? {}));
  };
  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const address = new URL(request.url ?? "", "http://x");
    if (address.pathname === "/repos/o/r/pulls")
      return address.searchParams.get("head")?.endsWith(":b") === true ? [REQUEST] : [];
    if (request.method === "GET" && address.pathname === "/repos/o/r/issues/7/comments") {
      const start = (Number(address.searchParams.get("page")) - 1) * 100;
      return comments.slice(start, start + 100);
    }
    if (request.method === "GET") return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { body } = JSON.parse(Buffer.concat(chunks).toString());
    const changed = /^\/repos\/o\/r\/issues\/comments\/(\d+)$/.exec(address.pathname)?.[1];
    if (request.method === "POST") comments.push({ id: 1000, user: { type: "Bot" }, body });
    else {
      const at = comments.findIndex(({ id }) => String(id) === changed);
      if (request.method !== "PATCH" || at < 0) return undefined;
      comments[at] = { id: Number(changed), user: { type: "Bot" }, body };
    }
    return { html_url: `https://github.test/comment-${changed ?? "new"}` };
  };
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    comments,
    tokens,
    requests,
    stop: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

/** A pull request within the repository, as events and answers have it. */
export const REQUEST = {
  number: 7,
  head: { sha: "abc", repo: { full_name: "o/r" } },
  base: { repo: { full_name: "o/r" } },
};
