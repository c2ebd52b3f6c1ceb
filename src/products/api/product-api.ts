import type { HostSettings } from "../../model/host-settings.ts";
import type { PlacedImage } from "../../model/image-list.ts";
import type { AccessTokens, AwsKeySource, Cancellable, Credentials } from "../../model/ports.ts";
import type { Preflight, RepositoryAccess } from "../../model/preflight.ts";
import type { Repository } from "../../model/reference.ts";
import type { Secret } from "../../model/secret.ts";
import type { TagPolicy } from "../../model/tag-policy.ts";
import type { Universes } from "../universes.ts";
import type { ApiClient } from "../../http/api.ts";
import type { ProductFacts } from "../product-facts.ts";

/** What a product may use to find out about its repositories. */
export type ProductTools = {
  readonly api: ApiClient;
  /** How to reach the API of a registry: at the usual place, unless the person says another. */
  readonly apiSettings: (registry: string, usual: string) => HostSettings;
  /** What the registry itself is shown. */
  readonly credentials: Credentials;
  readonly accessTokens: AccessTokens;
  /** A token for the API of one host, that only the person can name. */
  readonly apiToken: (host: string) => Secret | undefined;
  readonly aws: AwsKeySource;
  readonly universes: Universes;
  /** Does the work once in a run for each key; who asks again gets the same answer, or the same failure. */
  readonly once: <T>(key: string, work: () => Promise<T>) => Promise<T>;
};

/** What the API of one product answers. A method is left out where it has no such API. */
export type ProductApi = {
  readonly facts: ProductFacts;
  /** @throws ImgsyncError where it cannot be found out; the caller makes that `unknown` */
  readonly tagPolicy: (
    repository: Repository,
    tools: ProductTools,
    options: Cancellable & { readonly tags: readonly string[] },
  ) => Promise<TagPolicy>;
  readonly preflight?: (
    repository: Repository,
    tools: ProductTools,
    options: Cancellable & { readonly access: RepositoryAccess },
  ) => Promise<Preflight>;
  /**
   * All images of a repository, or of all below it. Undefined where nobody may ask, so that the protocol has to do.
   */
  readonly listImages?: (
    repository: Repository,
    tools: ProductTools,
    options: Cancellable & { readonly onProgress: (done: number) => void },
  ) => Promise<readonly PlacedImage[] | undefined>;
};
