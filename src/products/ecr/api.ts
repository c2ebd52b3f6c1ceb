import { createHash, createHmac } from "node:crypto";
import type { SignatureV4CryptoInit } from "@smithy/signature-v4";
import type { HostSettings } from "../../model/host-settings.ts";
import type { AwsKeys, Cancellable } from "../../model/ports.ts";
import type { TagPolicy } from "../../model/tag-policy.ts";
import { registryUrl } from "../../http/origin.ts";
import { listField, textField } from "../api/fields.ts";
import { memberOf } from "../../model/json.ts";
import { compileWildcard } from "../../selectors/pattern/wildcard.ts";
import type { ProductApi, ProductTools } from "../api/product-api.ts";
import { refusedPolicy, unknownPolicy } from "../api/unknown-policy.ts";
import { ecr } from "./facts.ts";
import { parseEcrHost } from "./host.ts";
import { defined } from "../../model/defined.ts";

const TARGET = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories";

/** ECR: a setting per repository, with filters that invert it for some tags. Queried with AWS keys if there are any. */
export const ecrApi: ProductApi = {
  facts: ecr,
  tagPolicy: async ({ host, path }, tools, { tags, signal }) => {
    const named = parseEcrHost(host);
    if (named === undefined) return unknownPolicy(host, `${host} does not name an account and a region`);
    const { account, region, suffix } = named;
    const api = tools.apiSettings(host, `api.ecr.${region}.amazonaws.com${suffix}`);
    const keys = await tools.aws.find(region, { signal });
    if (keys === undefined) {
      return unknownPolicy(
        api.host,
        "no AWS credentials were found in the environment, profiles or this machine's role",
      );
    }
    const answer = await tools.once(`ecr ${host} ${path}`, signal, async (own) => {
      const body = JSON.stringify({ registryId: account, repositoryNames: [path] });
      return describe(body, { api, region, keys, tools, signal: own });
    });
    if (answer.status !== 200) return refusedPolicy(api.host, answer, "ecr:DescribeRepositories");
    const [repository] = listField(answer.json, "repositories");
    return judge(api.host, repository, tags);
  },
};

type Call = Cancellable & {
  readonly api: HostSettings;
  readonly region: string;
  readonly keys: AwsKeys;
  readonly tools: ProductTools;
};

async function describe(body: string, { api, region, keys, tools, signal }: Call) {
  const headers = { host: registryUrl(api).host, "content-type": "application/x-amz-json-1.1", "x-amz-target": TARGET };
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  const signer = new SignatureV4({
    service: "ecr",
    region,
    // a function that returns an object works as a constructor, which its type does not express
    sha256: sha256 as unknown as SignatureV4CryptoInit["sha256"],
    credentials: {
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...defined({ sessionToken: sessionToken?.reveal() }),
    },
  });
  const { hostname, protocol } = registryUrl(api);
  const signed = await signer.sign({ method: "POST", protocol, hostname, path: "/", headers, body });
  const { authorization = "", host: _, ...others } = signed.headers;
  return tools.api.request({
    api,
    method: "POST",
    path: "/",
    headers: others,
    authorization,
    body,
    expect: [400, 403],
    what: "DescribeRepositories",
    signal,
  });
}

/** SHA-256, or its HMAC if there is a key, with the signer's interface. */
function sha256(key?: string | Uint8Array) {
  const hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  return {
    update: (chunk: string | Uint8Array): void => void hash.update(chunk),
    digest: async (): Promise<Uint8Array> => hash.digest(),
    reset: (): void => undefined,
  };
}

function judge(by: string, repository: unknown, tags: readonly string[]): TagPolicy {
  const mutability = textField(repository, "imageTagMutability");
  const reason = "the repository's tag mutability setting covers the tag";
  if (mutability === "MUTABLE") return { by, immutable: [] };
  if (mutability === "IMMUTABLE") return { by, immutable: "all", reason: "the repository has immutable tags" };
  const filters = listField(repository, "imageTagMutabilityExclusionFilters").map((filter) => {
    const pattern = textField(filter, "filter");
    const isWildcard = memberOf(filter, "filterType") === "WILDCARD";
    return pattern === undefined || !isWildcard ? undefined : compileWildcard(pattern);
  });
  const isWithImmutable = mutability === "IMMUTABLE_WITH_EXCLUSION";
  if ((!isWithImmutable && mutability !== "MUTABLE_WITH_EXCLUSION") || filters.includes(undefined))
    return unknownPolicy(by, `${by} answered with a setting that this version does not know`);
  const isExcluded = (tag: string): boolean => filters.some((filter) => filter?.whole(tag) === true);
  return { by, immutable: tags.filter((tag) => isExcluded(tag) !== isWithImmutable), reason };
}
