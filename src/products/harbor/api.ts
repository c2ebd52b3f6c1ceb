import type { TagPolicy } from "../../model/tag-policy.ts";
import type { ApiAnswer } from "../../http/api.ts";
import { LIMITS } from "../../http/limits.ts";
import { basicAuthorization } from "../../registry/auth/token.ts";
import { listField, textField } from "../api/fields.ts";
import { memberOf } from "../../model/json.ts";
import { compileDoublestar } from "../../selectors/pattern/wildcard.ts";
import type { ProductApi } from "../api/product-api.ts";
import { refusedPolicy, unknownPolicy } from "../api/unknown-policy.ts";
import { harbor } from "./facts.ts";
import { defined } from "../../model/defined.ts";

const NEEDS = "a robot account or user that may list the project's immutable tag rules";
/** The most that Harbor allows. */
const RULES_PER_PAGE = 100;

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
    const found = await tools.once(`harbor ${host} ${project}`, signal, (own) =>
      readRules((query) =>
        tools.api.request({
          api,
          method: "GET",
          path: `/api/v2.0/projects/${encodeURIComponent(project)}/immutabletagrules?${query}`,
          headers: { "x-is-resource-name": "true" },
          authorization: basicAuthorization(credential.username, credential.password),
          expect: [401, 403, 404],
          what: "immutabletagrules",
          signal: own,
        }),
      ),
    );
    if (found.refusal !== undefined) return refusedPolicy(api.host, found.refusal, NEEDS);
    return judge(api.host, found, { project, repository: rest.join("/"), tags });
  },
};

/** The rules of a project as far as they could be read. `unknown`: why there may be more. */
type Rules = {
  readonly rules: readonly unknown[];
  readonly unknown?: string;
  /** The answer that is not a list, if the first page is refused. */
  readonly refusal?: ApiAnswer;
};

/** Reads pages until there are as many rules as X-Total-Count says, or without that header until a page is empty. */
async function readRules(read: (query: string) => Promise<ApiAnswer>): Promise<Rules> {
  const found = new Map<string, unknown>();
  const partly = (unknown: string): Rules => ({ rules: [...found.values()], unknown });
  for (let page = 1; page <= LIMITS.apiPages; page += 1) {
    const answer = await read(`page=${page}&page_size=${RULES_PER_PAGE}`);
    if (answer.status !== 200)
      return page === 1 ? { rules: [], refusal: answer } : partly(`answered ${answer.status}; that needs ${NEEDS}`);
    if (!Array.isArray(answer.json)) return partly("answered with something that is not a list of rules");
    const before = found.size;
    for (const rule of answer.json) found.set(JSON.stringify(rule), rule);
    const total = parseTotal(answer.header("x-total-count"));
    if (answer.json.length === 0 && found.size < (total ?? 0))
      return partly(`has ${total} rules for the project and lists only ${found.size}`);
    if (answer.json.length === 0 || found.size >= (total ?? Number.POSITIVE_INFINITY))
      return { rules: [...found.values()] };
    if (found.size === before) return partly("answered with a list of rules whose pages repeat");
  }
  return partly("has more rules than are read");
}

function parseTotal(header: string | undefined): number | undefined {
  return header !== undefined && /^[0-9]{1,9}$/.test(header) ? Number(header) : undefined;
}

type Place = { readonly project: string; readonly repository: string; readonly tags: readonly string[] };
type Verdict = "covered" | "free" | "unknown";

function judge(by: string, { rules, unknown }: Rules, { project, repository, tags }: Place): TagPolicy {
  const active = rules.filter((rule) => memberOf(rule, "disabled") !== true);
  const judges = active.map((rule) => compileRule(rule, repository));
  const verdicts = tags.map((tag) => ({ tag, verdict: strictest(judges.map((verdictOn) => verdictOn(tag))) }));
  const isUnclear = verdicts.some(({ verdict }) => verdict === "unknown");
  const why = isUnclear ? `a rule of the project ${project} cannot be read` : undefined;
  return {
    by,
    immutable: verdicts.filter(({ verdict }) => verdict === "covered").map(({ tag }) => tag),
    reason: `a tag immutability rule of the project ${project} covers the tag`,
    ...defined({ unknown: unknown === undefined ? why : `${by} ${unknown}` }),
  };
}

function strictest(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("covered")) return "covered";
  return verdicts.includes("unknown") ? "unknown" : "free";
}

/** Like Harbor, evaluates only the first selector of each kind. A rule without one covers nothing. */
function compileRule(rule: unknown, repository: string): (tag: string) => Verdict {
  const [scope] = listField(memberOf(rule, "scope_selectors"), "repository");
  const [selector] = listField(rule, "tag_selectors");
  const byRepository = compileSelector(scope, "repoExcludes")(repository);
  const verdictOnTag = compileSelector(selector, "excludes");
  return (tag) => {
    const byTag = verdictOnTag(tag);
    if (byRepository === "free" || byTag === "free") return "free";
    return byRepository === "covered" ? byTag : byRepository;
  };
}

function compileSelector(selector: unknown, excludes: string): (text: string) => Verdict {
  const pattern = textField(selector, "pattern");
  const decoration = textField(selector, "decoration");
  if (selector === undefined) return () => "free";
  if (pattern === undefined || textField(selector, "kind") !== "doublestar") return () => "unknown";
  const matcher = compileDoublestar(pattern);
  if (matcher === undefined) return () => "unknown";
  return (text) => (matcher.whole(text) !== (decoration === excludes) ? "covered" : "free");
}
