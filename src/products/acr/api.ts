import type { HostSettings } from "../../model/host-settings.ts";
import type { Cancellable } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import { holdSecret } from "../../model/secret.ts";
import type { TagPolicy } from "../../model/tag-policy.ts";
import type { ApiAnswer } from "../../http/api.ts";
import { LIMITS } from "../../http/limits.ts";
import { basicAuthorization } from "../../registry/auth/token.ts";
import { listField, textField } from "../api/fields.ts";
import { memberOf } from "../../model/json.ts";
import type { ProductApi, ProductTools } from "../api/product-api.ts";
import { refusedPolicy, unknownPolicy } from "../api/unknown-policy.ts";
import { acr } from "./facts.ts";
import { defined } from "../../model/defined.ts";

const NEEDS = "credentials with metadata/read on the repository";

const TAGS_PER_PAGE = 100;
/** Up to this many tags are read one by one; for more, the list needs fewer requests. */
const FEW_TAGS = 3;

/** A tag's lock; `undefined` if the response has no valid attributes. */
type Lock = { readonly isLocked: boolean | undefined };

type Read = (suffix: string) => Promise<ApiAnswer>;

/**
 * Azure: a lock on the repository covers all tags, a lock on a tag only that tag. Unlocked tags may move. Uses the registry's API with a
 * token for the repository's metadata: one request for the repository, then one per tag or for the list.
 */
export const acrApi: ProductApi = {
  facts: acr,
  tagPolicy: async (repository, tools, { tags, signal }): Promise<TagPolicy> => {
    const { host, path } = repository;
    const api = tools.apiSettings(host, host);
    const token = await readToken(repository, api, tools, { signal });
    if (token === undefined)
      return unknownPolicy(api.host, `there are no credentials for ${host} that its API accepts`);
    const read: Read = (suffix) =>
      tools.once(`acr ${host} ${path}${suffix}`, signal, (own) =>
        tools.api.request({
          api,
          method: "GET",
          path: `/acr/v1/${path.split("/").map(encodeURIComponent).join("/")}${suffix}`,
          authorization: `Bearer ${token}`,
          expect: [401, 403, 404],
          what: "the attributes of the repository",
          signal: own,
        }),
      );
    const answer = await read("");
    if (answer.status === 404) return { by: api.host, immutable: [] };
    if (answer.status !== 200) return refusedPolicy(api.host, answer, NEEDS);
    const { isLocked } = lockOf(answer.json);
    if (isLocked === undefined)
      return unknownPolicy(api.host, `${api.host} answered without the attributes of ${path}`);
    if (isLocked) return { by: api.host, immutable: "all", reason: `the repository ${path} is locked` };
    const { locks, unknown } = await (tags.length <= FEW_TAGS ? readEach(tags, read) : readList(tags, read));
    const silent = [...locks].filter(([, lock]) => lock.isLocked === undefined).map(([tag]) => tag);
    const why = unknown ?? (silent.length > 0 ? `answered without the attributes of ${silent.join(", ")}` : undefined);
    return {
      by: api.host,
      immutable: tags.filter((tag) => locks.get(tag)?.isLocked === true),
      reason: "the tag is locked",
      ...defined({ unknown: why === undefined ? undefined : `${api.host} ${why}` }),
    };
  },
};

type Locks = { readonly locks: ReadonlyMap<string, Lock>; readonly unknown?: string };

async function readEach(tags: readonly string[], read: Read): Promise<Locks> {
  const answers = await Promise.all(tags.map(async (tag) => ({ tag, answer: await read(`/_tags/${tag}`) })));
  const refused = answers.find(({ answer: { status } }) => status !== 200 && status !== 404);
  const there = answers.filter(({ answer: { status } }) => status === 200);
  return {
    locks: new Map(there.map(({ tag, answer: { json } }) => [tag, lockOf(memberOf(json, "tag"))])),
    ...defined({ unknown: refused === undefined ? undefined : refusal(refused.answer) }),
  };
}

/** Reads pages until all tags are found or a page is empty: a short page may not be the last one. */
async function readList(tags: readonly string[], read: Read): Promise<Locks> {
  const wanted = new Set(tags);
  const locks = new Map<string, Lock>();
  const pages = new Set<string>();
  let last = "";
  while (locks.size < wanted.size && pages.size < LIMITS.apiPages) {
    const after = last === "" ? "" : `&last=${encodeURIComponent(last)}`;
    const answer = await read(`/_tags?n=${TAGS_PER_PAGE}${after}`);
    if (answer.status !== 200) return { locks, unknown: refusal(answer) };
    const listed = memberOf(answer.json, "tags");
    if (!Array.isArray(listed)) return { locks, unknown: "answered with something that is not a list of tags" };
    if (listed.length === 0) return { locks };
    for (const tag of listField(answer.json, "tags")) {
      const name = textField(tag, "name");
      if (name === undefined) continue;
      last = name;
      if (wanted.has(name)) locks.set(name, lockOf(tag));
    }
    if (pages.has(last)) return { locks, unknown: "answered with a list of tags whose pages repeat" };
    pages.add(last);
  }
  return locks.size < wanted.size ? { locks, unknown: "has more tags than are read" } : { locks };
}

function refusal({ status }: ApiAnswer): string {
  return `answered ${status}; that needs ${NEEDS}`;
}

function lockOf(tag: unknown): Lock {
  const writeEnabled = memberOf(memberOf(tag, "changeableAttributes"), "writeEnabled");
  return { isLocked: typeof writeEnabled === "boolean" ? !writeEnabled : undefined };
}

function readToken(
  repository: Repository,
  api: HostSettings,
  tools: ProductTools,
  cancellable: Cancellable,
): Promise<string | undefined> {
  const scope = `repository:${repository.path}:metadata_read`;
  return tools.once(`acr token ${repository.host} ${scope}`, cancellable.signal, async (signal) => {
    const credential = await tools.credentials.find(repository, { signal });
    if (credential === undefined || credential.kind === "registry-token") return undefined;
    const shared = { api, expect: [400, 401, 403], what: "the token", signal };
    const query = new URLSearchParams({ service: repository.host, scope });
    const form = { grant_type: "refresh_token", service: repository.host, scope };
    const { json } =
      credential.kind === "basic"
        ? await tools.api.request({
            ...shared,
            method: "GET",
            path: `/oauth2/token?${query.toString()}`,
            authorization: basicAuthorization(credential.username, credential.password),
          })
        : await tools.api.request({
            ...shared,
            method: "POST",
            path: "/oauth2/token",
            headers: { "content-type": "application/x-www-form-urlencoded" },
            body: new URLSearchParams({ ...form, refresh_token: credential.token.reveal() }).toString(),
            sendsCredentials: true,
          });
    const token = textField(json, "access_token");
    if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) return undefined;
    holdSecret(token);
    return token;
  });
}
