import type { SingleFlight } from "../../async/single-flight.ts";
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

/** The tools with which a product API queries its registries. */
export type ProductTools = {
  readonly api: ApiClient;
  /** Settings for a registry's API: at the usual host, unless the user configures another. */
  readonly apiSettings: (registry: string, usual: string) => HostSettings;
  /** The credentials for the registry itself. */
  readonly credentials: Credentials;
  readonly accessTokens: AccessTokens;
  /** Returns the token for the API of one host, which only the user can configure. */
  readonly apiToken: (host: string) => Secret | undefined;
  readonly aws: AwsKeySource;
  readonly universes: Universes;
  /** Runs the work once per run and key, also for concurrent callers. It runs again after a failure that may be temporary. */
  readonly once: SingleFlight<unknown>;
};

/** The API of one product. Methods that it does not support are absent. */
export type ProductApi = {
  readonly facts: ProductFacts;
  /** @throws ImgsyncError if the policy cannot be determined; the caller converts that to `unknown` */
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
   * Lists the paths of all repositories at the place of a path, which may have more than asked for. Undefined if access is denied; then the
   * caller uses the registry protocol.
   */
  readonly listRepositories?: (
    place: Repository,
    tools: ProductTools,
    options: Cancellable,
  ) => Promise<readonly string[] | undefined>;
  /**
   * Lists all images of a repository, or of all repositories below it. Undefined if access is denied; then the caller uses the registry
   * protocol.
   */
  readonly listImages?: (
    repository: Repository,
    tools: ProductTools,
    options: Cancellable & { readonly onProgress: (done: number) => void },
  ) => Promise<readonly PlacedImage[] | undefined>;
};
