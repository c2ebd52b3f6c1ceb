import type { Credential } from "../model/credential.ts";
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

/** All known products. The first one whose message matches a refusal explains it. */
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

/** Returns the product that a host name identifies. */
export function productOf(host: string, universes: Universes = KNOWN_UNIVERSES): ProductFacts | undefined {
  return PRODUCTS.find(({ isHost }) => isHost?.(host, universes) === true);
}

/** Returns the names that users may write as the `product` of a host. */
export function declarableProducts(): readonly string[] {
  return PRODUCTS.filter(({ isDeclarable }) => isDeclarable === true).map(({ name }) => name);
}

/** Returns the host to connect to for a registry host in references. */
export function dialledHost(host: string): string {
  return productOf(host)?.dialledHost ?? host;
}

/** Returns the origins, besides the registry's own, that may receive its credentials in exchange for a token. */
export function tokenServicesOf(host: string): readonly string[] {
  return productOf(host)?.tokenServices ?? [];
}

/** Reports whether the host's tag lists contain digests. */
export function listsDigests(host: string, universes?: Universes): boolean {
  return productOf(host, universes)?.listsDigests === true;
}

/** Returns the images that a tag list describes, for any host: a proxy returns such lists under its own name. */
export function imagesInTagList(list: ReadonlyMap<string, unknown>): ReadonlyMap<Digest, ListedImage> {
  for (const product of PRODUCTS) {
    const images = product.imagesInTagList?.(list);
    if (images !== undefined && images.size > 0) return images;
  }
  return new Map();
}

/** Returns a host's limit on manifest reads, or undefined if reads do not count as pulls. */
export function pullQuotaOf(host: string): (PullQuota & { readonly title: string }) | undefined {
  const product = productOf(host);
  return product?.pullQuota && { ...product.pullQuota, title: product.title };
}

/** Returns the title of the product whose message says that a tag is immutable. */
export function whoSaysImmutable(refusal: Refusal): string | undefined {
  return PRODUCTS.find(({ saysImmutable }) => saysImmutable?.(refusal) === true)?.title;
}

/** Returns the hint for a refusal that matches one of the products. */
export function productAdvice(status: number, said: string): string | undefined {
  const all = PRODUCTS.flatMap(({ advice = [] }) => advice);
  return all.find(({ matches, statuses }) => statuses.includes(status) && matches.test(said))?.hint;
}

/** Returns the command that creates this repository, or undefined if none is known. */
export function createCommandFor(repository: Repository): string | undefined {
  return productOf(repository.host)?.createCommand?.(repository);
}

/** Reports a problem with a repository's name under its registry's rules. */
export function nameProblemOf(repository: Repository, universes: Universes): ReferenceProblem | undefined {
  for (const { nameProblem } of PRODUCTS) {
    const problem = nameProblem?.(repository, universes);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Returns the domain of a host's Google APIs, or undefined for a host that must not receive Google credentials. */
export function googleDomainOf(host: string, universes: Universes = KNOWN_UNIVERSES): string | undefined {
  return productOf(host, universes)?.googleDomain?.(host, universes);
}

/** Reports whether Google Cloud access tokens may be sent to a host. */
export function takesGoogleTokens(host: string, universes?: Universes): boolean {
  return googleDomainOf(host, universes) !== undefined;
}

/** Returns the credential helper to configure for a host, unless the user names another. */
export function credentialHelperFor(host: string, universes?: Universes): string | undefined {
  return productOf(host, universes)?.credentialHelper;
}

/** Returns the command that gives imgsync credentials for a host, worded to follow "run". */
export function loginCommandFor(host: string, universes: Universes = KNOWN_UNIVERSES): string {
  return productOf(host, universes)?.login?.(host, universes) ?? `docker login ${host}`;
}

/** Returns how to replace a refused access token for a host, or undefined if it is not one, or its source renews it. */
export function newTokenFor(
  host: string,
  refused: Credential,
  universes: Universes = KNOWN_UNIVERSES,
): string | undefined {
  return productOf(host, universes)?.newToken?.(host, refused, universes);
}

/** Returns Docker's name for a host, in config.json and for credential helpers. */
export function dockerConfigKey(host: string): string {
  return productOf(host)?.dockerConfigKey ?? host;
}
