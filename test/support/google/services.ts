import { createPublicKey, generateKeyPairSync, randomUUID, verify } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { listen } from "../embedded-registry/server.ts";

/** A request to a service, without its content. */
export type Seen = { readonly what: string; readonly host: string };

export type GoogleServices = {
  /** `127.0.0.1:PORT` of all services, which have different paths. */
  readonly host: string;
  readonly url: string;
  readonly seen: readonly Seen[];
  readonly count: (what: string) => number;
  /** Returns the JSON of a new key of this account. Its token_uri is this server's unless `more` overrides it. */
  readonly makeKey: (more?: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** Every token that was issued, to search outputs for. */
  readonly tokens: readonly string[];
  /** Whether a token was issued and has not expired. */
  readonly isAlive: (token: string) => boolean;
  readonly stop: () => Promise<void>;
};

export type GoogleServicesOptions = {
  /** The lifetime of tokens in seconds. */
  readonly lifetime?: number;
  readonly tls?: { readonly key: string; readonly certificate: string };
  readonly now?: () => number;
  /** False: the metadata server has no service account. */
  readonly hasAccount?: boolean;
  /** Undefined: a metadata server without support for universes. */
  readonly universe?: string;
  /** Accounts that may be impersonated. */
  readonly mayActAs?: readonly string[];
  /** The token of an account. Default: a new one for each request. */
  readonly tokenOf?: (account: string) => string;
};

export const ACCOUNT = "mirror@my-project.iam.gserviceaccount.com";
export const REFRESH_TOKEN = "1//refresh-token-that-must-stay-secret";
export const CLIENT_SECRET = "client-secret-that-must-stay-secret";
export const SUBJECT_TOKEN = "subject-token-that-must-stay-secret";
/** The scopes that allow creating a token of another account. gcloud requests only the second one. */
const SCOPES: ReadonlySet<string> = new Set([
  "https://www.googleapis.com/auth/cloud-platform",
  "https://www.googleapis.com/auth/iam",
]);

type Ask = { readonly message: IncomingMessage; readonly url: URL; readonly body: string };
type Reply = { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> };

/**
 * Starts doubles of the Google Cloud services that issue access tokens: token endpoint, IAM Credentials, STS, metadata server.
 * test/integration/google.test.ts runs the real gcloud against them. Two things are assumed, because nothing that can run here
 * shows them: the wording of refusals, and that STS answers 400 to a wrong subject token.
 */
export async function startGoogleServices(options: GoogleServicesOptions = {}): Promise<GoogleServices> {
  const { lifetime = 3599, now = Date.now, mayActAs = [] } = options;
  const seen: Seen[] = [];
  const tokens = new Map<string, number>();
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const { tokenOf = () => `ya29.${randomUUID()}` } = options;
  const issue = (account = ACCOUNT): string => {
    const token = tokenOf(account);
    tokens.set(token, now() + lifetime * 1000);
    return token;
  };
  const grant = (): Reply => ok({ access_token: issue(), expires_in: lifetime, token_type: "Bearer" });
  const isAlive = (token: string): boolean => (tokens.get(token) ?? 0) > now();

  const answer = (ask: Ask): Reply => {
    const path = ask.url.pathname;
    if (path === "/token") return answerToken(ask, { publicKey, audience: audienceOf(ask), now, grant });
    if (path.startsWith("/computeMetadata/")) return answerMetadata(ask, options, grant);
    if (path === "/v1/token") return answerExchange(ask, grant);
    if (path.endsWith(":generateAccessToken")) return answerGenerate(ask, { mayActAs, isAlive, issue, now, lifetime });
    return { status: 404, body: { error: { code: 404, status: "NOT_FOUND", message: "no such service" } } };
  };
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(message);
    const url = new URL(message.url ?? "/", "http://unknown");
    seen.push({ what: url.pathname, host: message.headers.host ?? "" });
    reply(response, answer({ message, url, body }));
  };
  const { host, stop } = await listen(options.tls, (message, response) => {
    void serve(message, response);
  });
  // the URL that the client used, which has the real name behind a proxy
  const audienceOf = ({ message, url }: Ask): string =>
    `${options.tls === undefined ? "http" : "https"}://${message.headers.host}${url.pathname}`;
  const origin = (): string => `${options.tls === undefined ? "http" : "https"}://${host}`;
  return {
    host,
    url: origin(),
    seen,
    count: (what) => seen.filter((one) => one.what.includes(what)).length,
    makeKey: (more = {}) => ({
      type: "service_account",
      project_id: "my-project",
      private_key_id: "0123456789abcdef",
      private_key: privateKey,
      client_email: ACCOUNT,
      client_id: "1",
      token_uri: `${origin()}/token`,
      ...more,
    }),
    get tokens() {
      return [...tokens.keys()];
    },
    isAlive,
    stop,
  };
}

/** RFC 7523 and RFC 6749, section 6. */
function answerToken(
  { message, body }: Ask,
  { publicKey, audience, now, grant }: { publicKey: string; audience: string; now: () => number; grant: () => Reply },
): Reply {
  if (message.method !== "POST") return oauthError(405, "invalid_request");
  const form = new URLSearchParams(body);
  if (form.get("grant_type") === "refresh_token") {
    const isKnown = form.get("refresh_token") === REFRESH_TOKEN && form.get("client_secret") === CLIENT_SECRET;
    return isKnown ? grant() : oauthError(400, "invalid_grant");
  }
  if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer") {
    return oauthError(400, "unsupported_grant_type");
  }
  // gcloud uses Google's own audience even with another token host
  const audiences = [audience, "https://oauth2.googleapis.com/token"];
  const claims = verifiedClaims(form.get("assertion") ?? "", publicKey);
  const seconds = now() / 1000;
  if (claims === undefined || claims["iss"] !== ACCOUNT || !audiences.includes(String(claims["aud"]))) {
    return oauthError(400, "invalid_grant");
  }
  const [issued, expires] = [Number(claims["iat"]), Number(claims["exp"])];
  const isInTime = issued <= seconds + 60 && expires > seconds && expires - issued <= 3600;
  if (!isInTime) return oauthError(400, "invalid_grant");
  return String(claims["scope"])
    .split(" ")
    .some((scope) => SCOPES.has(scope))
    ? grant()
    : oauthError(400, "invalid_scope");
}

function verifiedClaims(assertion: string, publicKey: string): Readonly<Record<string, unknown>> | undefined {
  const [header = "", claims = "", signature = ""] = assertion.split(".");
  const { alg } = parse(header) as { alg?: unknown };
  const isSigned = verify(
    "RSA-SHA256",
    Buffer.from(`${header}.${claims}`),
    createPublicKey(publicKey),
    Buffer.from(signature, "base64url"),
  );
  return alg === "RS256" && isSigned ? parse(claims) : undefined;
}

function answerMetadata(
  { message, url }: Ask,
  { hasAccount = true, universe }: GoogleServicesOptions,
  grant: () => Reply,
): Reply {
  const headers = { "metadata-flavor": "Google" };
  if (message.headers["metadata-flavor"] !== "Google" || message.headers["x-forwarded-for"] !== undefined) {
    return { status: 403, body: "Missing required header", headers };
  }
  if (url.pathname.endsWith("/universe/universe-domain")) {
    return universe === undefined
      ? { status: 404, body: "Not Found", headers }
      : { status: 200, body: universe, headers };
  }
  if (!hasAccount) return { status: 404, body: "Not Found", headers };
  if (url.pathname.endsWith("/project/project-id")) return { status: 200, body: "my-project", headers };
  if (url.pathname.endsWith("/email")) return { status: 200, body: ACCOUNT, headers };
  if (url.pathname.endsWith("/token")) return { ...grant(), headers };
  return { status: 404, body: "Not Found", headers };
}

/** RFC 8693, as in Workload Identity Federation. */
function answerExchange({ body }: Ask, grant: () => Reply): Reply {
  const form = new URLSearchParams(body);
  const isRight =
    form.get("grant_type") === "urn:ietf:params:oauth:grant-type:token-exchange" &&
    form.get("subject_token") === SUBJECT_TOKEN &&
    (form.get("audience") ?? "").startsWith("//iam.googleapis.com/");
  if (!isRight) return oauthError(400, "invalid_request");
  const { body: granted, ...answer } = grant();
  const extra = { issued_token_type: "urn:ietf:params:oauth:token-type:access_token" };
  return { ...answer, body: { ...(granted as object), ...extra } };
}

function answerGenerate(
  { message, url, body }: Ask,
  {
    mayActAs,
    isAlive,
    issue,
    now,
    lifetime,
  }: {
    mayActAs: readonly string[];
    isAlive: (token: string) => boolean;
    issue: (account: string) => string;
    now: () => number;
    lifetime: number;
  },
): Reply {
  const token = /^Bearer (\S+)$/.exec(message.headers.authorization ?? "")?.[1] ?? "";
  if (!isAlive(token)) return apiError(401, "UNAUTHENTICATED");
  const account = /\/v1\/projects\/-\/serviceAccounts\/([^/:]+):/.exec(decodeURIComponent(url.pathname))?.[1];
  if (account === undefined || !mayActAs.includes(account)) return apiError(403, "PERMISSION_DENIED");
  const mapping = JSON.parse(body) as { scope?: unknown; lifetime?: unknown };
  const seconds = Number(/^(\d+)s$/.exec(typeof mapping.lifetime === "string" ? mapping.lifetime : "3600s")?.[1]);
  if (!Array.isArray(mapping.scope) || mapping.scope.length === 0 || !(seconds <= 3600))
    return apiError(400, "INVALID_ARGUMENT");
  // without fractions, which gcloud does not accept
  const end = new Date(now() + Math.min(seconds, lifetime) * 1000).toISOString().replace(/\.\d+Z$/, "Z");
  return ok({ accessToken: issue(account), expireTime: end });
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}

function oauthError(status: number, error: string): Reply {
  return { status, body: { error, error_description: "no secrets here" } };
}

function apiError(code: number, status: string): Reply {
  return { status: code, body: { error: { code, status, message: "refused" } } };
}

function parse(part: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return {};
  }
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString("utf8");
}

function reply(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json", ...headers });
  response.end(isText ? body : JSON.stringify(body));
}
