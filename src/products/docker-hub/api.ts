import type { Cancellable } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import { holdSecret } from "../../model/secret.ts";
import type { TagPolicy } from "../../model/tag-policy.ts";
import { listField, textField } from "../api/fields.ts";
import { memberOf } from "../../model/json.ts";
import { compileRe2 } from "../../selectors/pattern/re2.ts";
import type { ProductApi, ProductTools } from "../api/product-api.ts";
import { refusedPolicy, unknownPolicy } from "../api/unknown-policy.ts";
import { dockerHub } from "./facts.ts";
import { defined } from "../../model/defined.ts";

const API = "hub.docker.com";

/** Docker Hub: a setting per repository with regular expressions, which may be present while it is disabled. */
export const dockerHubApi: ProductApi = {
  facts: dockerHub,
  tagPolicy: async (repository, tools, { tags, signal }) => {
    const token = await login(repository, tools, { signal });
    if (token === undefined) return unknownPolicy(API, "there are no credentials for docker.io that its API accepts");
    const [namespace = "", name = ""] = repository.path.split("/");
    const answer = await tools.once(`docker-hub ${repository.path}`, signal, (own) =>
      tools.api.request({
        api: tools.apiSettings(repository.host, API),
        method: "GET",
        path: `/v2/namespaces/${encodeURIComponent(namespace)}/repositories/${encodeURIComponent(name)}`,
        authorization: `Bearer ${token}`,
        expect: [401, 403, 404],
        what: "the settings of the repository",
        signal: own,
      }),
    );
    if (answer.status !== 200) return refusedPolicy(API, answer, "a user or token that may see the repository");
    return judge(memberOf(answer.json, "immutable_tags_settings"), tags);
  },
};

/** Exchanges the registry's user name and token for an API token, once per run and user: namespaces may have credentials of their own. */
async function login(
  repository: Repository,
  tools: ProductTools,
  cancellable: Cancellable,
): Promise<string | undefined> {
  const credential = await tools.credentials.find(repository, cancellable);
  if (credential?.kind !== "basic") return undefined;
  return tools.once(`docker-hub login ${credential.username}`, cancellable.signal, async (signal) => {
    const { json } = await tools.api.request({
      api: tools.apiSettings(repository.host, API),
      method: "POST",
      path: "/v2/auth/token",
      body: JSON.stringify({ identifier: credential.username, secret: credential.password.reveal() }),
      sendsCredentials: true,
      expect: [400, 401, 403],
      what: "the login",
      signal,
    });
    const token = textField(json, "access_token");
    if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) return undefined;
    holdSecret(token);
    return token;
  });
}

function judge(settings: unknown, tags: readonly string[]): TagPolicy {
  const enabled = memberOf(settings, "enabled");
  if (typeof enabled !== "boolean") return unknownPolicy(API, `${API} does not report it for this repository`);
  if (!enabled) return { by: API, immutable: [] };
  const rules = listField(settings, "rules").map((rule) => (typeof rule === "string" ? compileRe2(rule) : undefined));
  const immutable = tags.filter((tag) => rules.some((rule) => rule?.whole(tag) === true));
  // whether a rule matches the whole tag or a part of it is not documented
  const isDoubtful = (tag: string): boolean => rules.some((rule) => rule === undefined || rule.part(tag));
  const doubtful = tags.filter((tag) => !immutable.includes(tag) && isDoubtful(tag));
  return {
    by: API,
    immutable,
    reason: "the repository's settings make the tag immutable",
    ...defined({
      unknown: doubtful.length === 0 ? undefined : `a rule of the repository may cover ${doubtful.join(", ")}`,
    }),
  };
}
