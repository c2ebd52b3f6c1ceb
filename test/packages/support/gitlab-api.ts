import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export type Note = { readonly id: number; readonly body: string; readonly author: { readonly id: number } };

/** The part of GitLab's API that is about the notes of a merge request, in pages of two, for the user 5 with the token "token". */
export async function startGitlabApi(known: readonly Note[]) {
  const notes = [...known];
  const tokens = new Set<unknown>();
  const server = createServer((request, response) => void answer(request, response));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: string = chunks.length === 0 ? "" : JSON.parse(Buffer.concat(chunks).toString()).body;
    tokens.add(request.headers["private-token"]);
    if (request.method === "POST") notes.push({ id: 1000, body, author: { id: 5 } });
    if (request.method === "PUT") {
      const at = notes.findIndex(({ id }) => request.url?.endsWith(`/notes/${id}`));
      notes[at] = { id: notes[at]?.id ?? 0, body, author: { id: 5 } };
    }
    const page = Number(/[?&]page=(\d+)/.exec(request.url ?? "")?.[1] ?? 1);
    response.setHeader("x-next-page", page * 2 < notes.length ? String(page + 1) : "");
    response.end(JSON.stringify(request.url === "/api/user" ? { id: 5 } : notes.slice((page - 1) * 2, page * 2)));
  };
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  return {
    url: `http://127.0.0.1:${port}/api`,
    notes,
    tokens,
    stop: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}
