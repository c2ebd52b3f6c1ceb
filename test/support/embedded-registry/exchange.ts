import type { IncomingMessage, ServerResponse } from "node:http";
import { refuseAccess } from "./access.ts";
import { type Answer, answer, errorAnswer } from "./answer.ts";
import { handleBlob } from "./blobs.ts";
import type { Context } from "./context.ts";
import { endsEarly, instead, sendAnswer } from "./faults.ts";
import { handleReferrers, handleTags } from "./lists.ts";
import { handleManifest } from "./manifests.ts";
import type { RegistryOptions } from "./options.ts";
import type { RegistryRequest, RequestKind } from "./request.ts";
import type { Store } from "./store.ts";
import type { Tokens } from "./tokens.ts";
import type { OpenEntry } from "./transcript.ts";
import { handleUpload } from "./uploads.ts";

export type Exchange = {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly request: RegistryRequest;
  readonly entry: OpenEntry;
  readonly origin: string;
};

const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

const HANDLERS: Readonly<Record<RequestKind, (context: Context) => Answer>> = {
  base: () => answer(200, { "docker-distribution-api-version": "registry/2.0", "content-type": "application/json" }),
  manifest: handleManifest,
  blob: handleBlob,
  upload: handleUpload,
  tags: handleTags,
  referrers: handleReferrers,
  token: notFound,
  other: notFound,
};

/** Answers one request, in this order: hook, access, body, work, answer. */
export async function serveExchange(
  { message, response, request: asked, entry, origin }: Exchange,
  { options, store, tokens }: { options: RegistryOptions; store: Store; tokens: Tokens },
): Promise<void> {
  const fault = (await options.onRequest?.(asked)) ?? undefined;
  if (await endsEarly(message, response, fault)) return;
  const request = fault?.kind === "strip-query" ? { ...asked, query: new URLSearchParams() } : asked;
  const early = instead(fault) ?? refuseAccess(request, { options, tokens, origin });
  const body = early === undefined ? await readBody(message, entry) : new Uint8Array();
  const context = { request, repository: request.repository ?? "", body, store, options, origin };
  const result = early ?? (request.kind === "token" ? tokens.answer(request, body) : handle(context));
  // The unread rest of a body is discarded, so that the connection can be used again.
  message.resume();
  await sendAnswer(response, result, { fault, isHead: request.method === "HEAD", entry });
}

function handle(context: Context): Answer {
  const { request, repository } = context;
  if (request.repository !== undefined && !NAME.test(repository)) {
    return errorAnswer(400, "NAME_INVALID", "invalid repository name", { name: repository });
  }
  return HANDLERS[request.kind](context);
}

function notFound(): Answer {
  return answer(404, { "content-type": "text/plain" });
}

async function readBody(message: IncomingMessage, entry: OpenEntry): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) {
    if (!(chunk instanceof Uint8Array)) throw new Error("the body is not made of bytes");
    chunks.push(chunk);
    entry.bytesIn += chunk.length;
  }
  return Buffer.concat(chunks);
}
