import type { Cancellable } from "../../model/ports.ts";
import type { Repository } from "../../model/reference.ts";
import type { TagPolicy } from "../../model/tag-policy.ts";
import { LIMITS } from "../../http/limits.ts";
import { listField, textField } from "../api/fields.ts";
import { memberOf } from "../../model/json.ts";
import type { ProductApi, ProductTools } from "../api/product-api.ts";
import { refusedPolicy, unknownPolicy } from "../api/unknown-policy.ts";
import { quay } from "./facts.ts";
import { defined } from "../../model/defined.ts";

const TAGS_PER_PAGE = 100;
/** Up to this many tags are read one by one; for more, the list needs fewer requests. */
const FEW_TAGS = 3;

/** Quay: each tag has an immutable flag. The API needs its own token; without one, it shows only public repositories. */
export const quayApi: ProductApi = {
  facts: quay,
  tagPolicy: async (repository, tools, { tags, signal }) => {
    const api = tools.apiSettings(repository.host, repository.host);
    const queries = tags.length <= FEW_TAGS ? tags.map((tag) => `specificTag=${encodeURIComponent(tag)}&`) : [""];
    const immutable = new Set<string>();
    const found = (): TagPolicy => ({
      by: api.host,
      immutable: tags.filter((tag) => immutable.has(tag)),
      reason: "the tag is immutable there",
    });
    for (const query of queries) {
      const seen = new Set<string>();
      for (let page = 1; ; page += 1) {
        if (page > LIMITS.apiPages) return { ...found(), unknown: `${api.host} has more tags than are read` };
        const answer = await readTags(repository, tools, {
          query: `${query}limit=${TAGS_PER_PAGE}&page=${page}`,
          signal,
        });
        const needs = "IMGSYNC_API_TOKEN_<HOST> with a token that may read the repository";
        if (answer.status !== 200) return refusedPolicy(api.host, answer, needs);
        const listed = listField(answer.json, "tags");
        if (!Array.isArray(memberOf(answer.json, "tags")))
          return unknownPolicy(api.host, `${api.host} answered with something that is not a list of tags`);
        const before = seen.size;
        for (const tag of listed) {
          const name = textField(tag, "name");
          if (name === undefined) continue;
          seen.add(name);
          if (memberOf(tag, "immutable") === true) immutable.add(name);
        }
        const hasMore = memberOf(answer.json, "has_additional") ?? listed.length >= TAGS_PER_PAGE;
        if (hasMore !== true) break;
        if (seen.size === before)
          return { ...found(), unknown: `${api.host} answered with a list of tags whose pages repeat` };
      }
    }
    return found();
  },
};

function readTags(
  { host, path }: Repository,
  tools: ProductTools,
  { query, signal }: Cancellable & { readonly query: string },
) {
  const token = tools.apiToken(host);
  const address = `/api/v1/repository/${path.split("/").map(encodeURIComponent).join("/")}/tag/?onlyActiveTags=true&${query}`;
  return tools.once(`quay ${host} ${address}`, signal, (own) =>
    tools.api.request({
      api: tools.apiSettings(host, host),
      method: "GET",
      path: address,
      ...defined({ authorization: token === undefined ? undefined : `Bearer ${token.reveal()}` }),
      expect: [401, 403, 404],
      what: "the list of tags",
      signal: own,
    }),
  );
}
