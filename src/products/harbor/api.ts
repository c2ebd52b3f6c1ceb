import type { TagPolicy } from "../../model/tag-policy.ts";
import { basicAuthorization } from "../../registry/auth/token.ts";
import { field, listField, textField } from "../api/fields.ts";
import { compileDoublestar } from "../../selectors/pattern/wildcard.ts";
import type { ProductApi } from "../api/product-api.ts";
import { refusedPolicy, unknownPolicy } from "../api/unknown-policy.ts";
import { harbor } from "./facts.ts";
import { defined } from "../../model/defined.ts";

const NEEDS = "a robot account or user that may list the project's immutable tag rules";

/**
 * Harbor: rules per project, each for some repositories and tags. Harbor runs on any host, so the user has to declare it. Queried at the
 * registry itself, with the registry's user name and password.
 */
export const harborApi: ProductApi = {
  facts: harbor,
  tagPolicy: async ({ host, path }, tools, { tags, signal }) => {
    const [project = "", ...rest] = path.split("/");
    const api = tools.apiSettings(host, host);
    const credential = await tools.credentials.find({ host, path }, { signal });
    if (credential?.kind !== "basic") return unknownPolicy(api.host, `there is no user name and password for ${host}`);
    const answer = await tools.once(`harbor ${host} ${project}`, () =>
      tools.api.request({
        api,
        method: "GET",
        path: `/api/v2.0/projects/${encodeURIComponent(project)}/immutabletagrules?page=1&page_size=100`,
        headers: { "x-is-resource-name": "true" },
        authorization: basicAuthorization(credential.username, credential.password),
        expect: [401, 403, 404],
        what: "immutabletagrules",
        signal,
      }),
    );
    if (answer.status !== 200) return refusedPolicy(api.host, answer, NEEDS);
    return judge(api.host, answer.json, { project, repository: rest.join("/"), tags });
  },
};

type Place = { readonly project: string; readonly repository: string; readonly tags: readonly string[] };
type Verdict = "covered" | "free" | "unknown";

function judge(by: string, rules: unknown, { project, repository, tags }: Place): TagPolicy {
  if (!Array.isArray(rules)) return unknownPolicy(by, `${by} answered with something that is not a list of rules`);
  const active = rules.filter((rule: unknown) => field(rule, "disabled") !== true);
  const verdicts = tags.map((tag) => ({
    tag,
    verdict: strictest(active.map((rule) => verdictOf(rule, repository, tag))),
  }));
  const isUnknown = verdicts.some(({ verdict }) => verdict === "unknown");
  return {
    by,
    immutable: verdicts.filter(({ verdict }) => verdict === "covered").map(({ tag }) => tag),
    reason: `a tag immutability rule of the project ${project} covers the tag`,
    ...defined({ unknown: isUnknown ? `a rule of the project ${project} cannot be read` : undefined }),
  };
}

function strictest(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("covered")) return "covered";
  return verdicts.includes("unknown") ? "unknown" : "free";
}

/** Like Harbor, evaluates only the first selector of each kind. A rule without one covers nothing. */
function verdictOf(rule: unknown, repository: string, tag: string): Verdict {
  const [scope] = listField(field(rule, "scope_selectors"), "repository");
  const [selector] = listField(rule, "tag_selectors");
  const byRepository = select(scope, repository, "repoExcludes");
  const byTag = select(selector, tag, "excludes");
  if (byRepository === "free" || byTag === "free") return "free";
  return byRepository === "covered" ? byTag : byRepository;
}

function select(selector: unknown, text: string, excludes: string): Verdict {
  const pattern = textField(selector, "pattern");
  const decoration = textField(selector, "decoration");
  if (selector === undefined) return "free";
  if (pattern === undefined || textField(selector, "kind") !== "doublestar") return "unknown";
  const matcher = compileDoublestar(pattern);
  if (matcher === undefined) return "unknown";
  return matcher.whole(text) !== (decoration === excludes) ? "covered" : "free";
}
