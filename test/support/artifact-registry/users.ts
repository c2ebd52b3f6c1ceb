import type { TestUser } from "./options.ts";

/** User names for an OAuth access token: those of docker login, gcloud's helper and docker-credential-gcr. */
const TOKEN_NAMES = /^(?:oauth2accesstoken|_dcgcloud_token|_dcgcr_\d+_\d+_\d+_token)$/;

export type Login =
  | { readonly kind: "anonymous" }
  | { readonly kind: "user"; readonly user: TestUser }
  | { readonly kind: "refused" };

/** Identifies the user of a Basic header. A service account key is decoded and its fields are compared. */
export function logIn(header: string | undefined, users: readonly TestUser[], now: number): Login {
  if (header === undefined) return { kind: "anonymous" };
  const [scheme, encoded = ""] = header.split(" ");
  if (scheme?.toLowerCase() !== "basic") return { kind: "refused" };
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return { kind: "refused" };
  const found = findUser(text.slice(0, colon), text.slice(colon + 1), users);
  if (found === undefined || isOver(found, now)) return { kind: "refused" };
  return { kind: "user", user: found };
}

function findUser(name: string, password: string, users: readonly TestUser[]): TestUser | undefined {
  if (TOKEN_NAMES.test(name)) return users.find((user) => user.kind === "access-token" && user.token === password);
  if (name === "_json_key") return byKey(password, users);
  if (name !== "_json_key_base64") return undefined;
  // the whole file in one line: wrapped base64 is not a valid password
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(password);
  return isBase64 ? byKey(Buffer.from(password, "base64").toString("utf8"), users) : undefined;
}

function byKey(text: string, users: readonly TestUser[]): TestUser | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const fields = new Map(Object.entries(typeof json === "object" && json !== null ? json : {}));
  if (fields.get("type") !== "service_account") return undefined;
  return users.find(
    (user) =>
      user.kind === "key" &&
      ["private_key_id", "private_key", "client_email"].every((name) => fields.get(name) === user.key[name]),
  );
}

function isOver(user: TestUser, now: number): boolean {
  return user.kind === "access-token" && user.expiresAt !== undefined && user.expiresAt <= now;
}
