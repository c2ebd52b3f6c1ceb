import { createSingleFlight } from "../../async/single-flight.ts";
import { isRetryableStatus, RegistryError } from "../../http/error.ts";
import { toErrorDetails } from "../../model/error.ts";
import type { HostFacts } from "../../model/ports.ts";
import type { ProductApi, ProductTools } from "./product-api.ts";
import { PRODUCT_APIS } from "./table.ts";

/** Host facts, plus the product API of hosts that have one. */
export type Hosts = HostFacts & {
  readonly productOf: (host: string) => ProductApi | undefined;
  readonly tools: ProductTools;
};

export type HostsOptions = Omit<ProductTools, "once"> & {
  /** Returns the configured product name of a host. A host name that identifies the product takes precedence. */
  readonly named: (host: string) => string | undefined;
  readonly apis?: readonly ProductApi[];
};

/** Queries each registry's own API. */
export function createHosts({ named, apis = PRODUCT_APIS, ...given }: HostsOptions): Hosts {
  const tools: ProductTools = { ...given, once: createSingleFlight({ keepsResults: true, isLasting: isAnswer }) };
  const productOf = (host: string): ProductApi | undefined =>
    apis.find(({ facts }) => facts.isHost?.(host, given.universes) === true) ??
    apis.find(({ facts }) => facts.name === named(host));
  return {
    productOf,
    tools,
    tagPolicy: async (repository, options) => {
      const product = productOf(repository.host);
      if (product === undefined) return undefined;
      try {
        return await product.tagPolicy(repository, tools, options);
      } catch (thrown) {
        options.signal.throwIfAborted();
        return { by: repository.host, immutable: [], unknown: toErrorDetails(thrown).message };
      }
    },
    preflight: async (repository, options) => productOf(repository.host)?.preflight?.(repository, tools, options),
  };
}

/** The API would give the same answer again; an overload, a timeout or a lost connection passes. */
function isAnswer(thrown: unknown): boolean {
  if (!(thrown instanceof RegistryError)) return false;
  const { status } = thrown.facts;
  if (status !== undefined) return !isRetryableStatus(status);
  return thrown.code === "REGISTRY_PROTOCOL" || thrown.code === "LIMIT_EXCEEDED";
}
