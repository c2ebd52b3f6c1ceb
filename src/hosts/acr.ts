import type { HostSettings } from "../model/host-settings.ts";
import type { Cancellable } from "../model/ports.ts";
import type { Repository } from "../model/reference.ts";
import type { TagPolicy } from "../model/tag-policy.ts";
import type { ApiAnswer } from "../registry/api.ts";
import { basicAuthorization } from "../registry/token.ts";
import { field, textField } from "./fields.ts";
import type { Product, ProductTools } from "./product.ts";
import { refusedPolicy, unknownPolicy } from "./unknown-policy.ts";

const NEEDS = "credentials with metadata/read on the repository";

/**
 * Azure: a lock on the repository covers all of its tags, one on a tag that tag. A tag that nobody has locked may move. Asked at the
 * registry itself with a token for the repository's metadata, then once for the repository and once for each tag.
 */
export const acr: Product = {
  name: "acr",
  isHost: (host) => /^[a-z0-9]{5,50}(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us)$/.test(host),
  tagPolicy: async (repository, tools, { tags, signal }): Promise<TagPolicy> => {
    const { host, path } = repository;
    const api = tools.apiSettings(host, host);
    const token = await readToken(repository, api, tools, { signal });
    if (token === undefined) return unknownPolicy(api.host, `there are no credentials for ${host} that its API takes`);
    const read = (suffix: string): Promise<ApiAnswer> =>
      tools.once(`acr ${host} ${path}${suffix}`, () =>
        tools.api.request({
          api,
          method: "GET",
          path: `/acr/v1/${path.split("/").map(encodeURIComponent).join("/")}${suffix}`,
          authorization: `Bearer ${token}`,
          expect: [401, 403, 404],
          what: "the attributes of the repository",
          signal,
        }),
      );
    const answer = await read("");
    if (answer.status === 404) return { by: api.host, immutable: [] };
    if (answer.status !== 200) return refusedPolicy(api.host, answer, NEEDS);
    if (typeof field(field(answer.json, "changeableAttributes"), "writeEnabled") !== "boolean")
      return unknownPolicy(api.host, `${api.host} answered without the attributes of ${path}`);
    if (isLocked(answer.json)) return { by: api.host, immutable: "all", reason: `the repository ${path} is locked` };
    const answers = await Promise.all(tags.map(async (tag) => ({ tag, answer: await read(`/_tags/${tag}`) })));
    const refused = answers.find(({ answer: { status } }) => status !== 200 && status !== 404);
    return {
      by: api.host,
      immutable: answers.filter(({ answer: { json } }) => isLocked(field(json, "tag"))).map(({ tag }) => tag),
      reason: "the tag is locked",
      ...(refused === undefined
        ? {}
        : { unknown: `${api.host} answered ${refused.answer.status}; that needs ${NEEDS}` }),
    };
  },
};

function isLocked(json: unknown): boolean {
  return field(field(json, "changeableAttributes"), "writeEnabled") === false;
}

function readToken(
  repository: Repository,
  api: HostSettings,
  tools: ProductTools,
  { signal }: Cancellable,
): Promise<string | undefined> {
  const scope = `repository:${repository.path}:metadata_read`;
  return tools.once(`acr token ${repository.host} ${scope}`, async () => {
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
    return token !== undefined && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
  });
}
