import type { Digest } from "../model/digest.ts";
import type { ListedImage } from "../model/image-list.ts";
import type { ReferenceProblem, Repository } from "../model/reference.ts";
import { acr } from "./acr/facts.ts";
import { alibaba } from "./alibaba/facts.ts";
import { artifactRegistry } from "./artifact-registry/facts.ts";
import { dockerHub } from "./docker-hub/facts.ts";
import { ecr } from "./ecr/facts.ts";
import { gitlab } from "./gitlab/facts.ts";
import { harbor } from "./harbor/facts.ts";
import { mirantis } from "./mirantis/facts.ts";
import { nexus } from "./nexus/facts.ts";
import type { ProductFacts, PullQuota, Refusal } from "./product-facts.ts";
import { quay } from "./quay/facts.ts";
import { KNOWN_UNIVERSES, type Universes } from "./universes.ts";

/** All products that imgsync knows. The first whose words match a refusal explains it. */
export const PRODUCTS: readonly ProductFacts[] = [
  artifactRegistry,
  ecr,
  harbor,
  dockerHub,
  quay,
  acr,
  mirantis,
  alibaba,
  nexus,
  gitlab,
];

/** The product that a host's name shows. */
export function productOf(host: string, universes: Universes = KNOWN_UNIVERSES): ProductFacts | undefined {
  return PRODUCTS.find(({ isHost }) => isHost?.(host, universes) === true);
}

/** Names that users may write as the `product` of a host. */
export function declarableProducts(): readonly string[] {
  return PRODUCTS.filter(({ isDeclarable }) => isDeclarable === true).map(({ name }) => name);
}

/** The host to connect to for the registry that references call `host`. */
export function dialledHost(host: string): string {
  return productOf(host)?.dialledHost ?? host;
}

/** Origins beside the registry's own that may receive its credentials in exchange for a token. */
export function tokenServicesOf(host: string): readonly string[] {
  return productOf(host)?.tokenServices ?? [];
}

/** Whether tag lists of a host also hold the digest of each tag. */
export function listsDigests(host: string, universes?: Universes): boolean {
  return productOf(host, universes)?.listsDigests === true;
}

/** The images that a tag list describes, whatever the host: a proxy passes such a list on under its own name. */
export function imagesInTagList(list: ReadonlyMap<string, unknown>): ReadonlyMap<Digest, ListedImage> {
  for (const product of PRODUCTS) {
    const images = product.imagesInTagList?.(list);
    if (images !== undefined && images.size > 0) return images;
  }
  return new Map();
}

/** A host's limit on reads of manifests; undefined where reads do not count as pulls. */
export function pullQuotaOf(host: string): (PullQuota & { readonly title: string }) | undefined {
  const product = productOf(host);
  return product?.pullQuota && { ...product.pullQuota, title: product.title };
}

/** The product whose words say that a tag is immutable, as messages name it. */
export function whoSaysImmutable(refusal: Refusal): string | undefined {
  return PRODUCTS.find(({ saysImmutable }) => saysImmutable?.(refusal) === true)?.title;
}

/** What to do about a refusal that one of the products words like this. */
export function productAdvice(status: number, said: string): string | undefined {
  const all = PRODUCTS.flatMap(({ advice = [] }) => advice);
  return all.find(({ matches, statuses }) => statuses.includes(status) && matches.test(said))?.hint;
}

/** The command that creates this repository; undefined where none is known. */
export function createCommandFor(repository: Repository): string | undefined {
  return productOf(repository.host)?.createCommand?.(repository);
}

/** What is wrong with the name of a repository by the rules of its registry. */
export function nameProblemOf(repository: Repository, universes: Universes): ReferenceProblem | undefined {
  for (const { nameProblem } of PRODUCTS) {
    const problem = nameProblem?.(repository, universes);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The domain of the Google APIs that belong to a host; undefined for a host that must not see Google credentials. */
export function googleDomainOf(host: string, universes: Universes = KNOWN_UNIVERSES): string | undefined {
  return productOf(host, universes)?.googleDomain?.(host, universes);
}

/** Whether access tokens of Google Cloud may go to a host. */
export function takesGoogleTokens(host: string, universes?: Universes): boolean {
  return googleDomainOf(host, universes) !== undefined;
}

/** The credential helper to set up for a host, unless the user names another. */
export function credentialHelperFor(host: string, universes?: Universes): string | undefined {
  return productOf(host, universes)?.credentialHelper;
}

/** What Docker calls a host in its config.json, and in what it asks credential helpers. */
export function dockerConfigKey(host: string): string {
  return productOf(host)?.dockerConfigKey ?? host;
}
