import { acrApi } from "../acr/api.ts";
import { artifactRegistryApi } from "../artifact-registry/api.ts";
import { dockerHubApi } from "../docker-hub/api.ts";
import { ecrApi } from "../ecr/api.ts";
import { harborApi } from "../harbor/api.ts";
import { quayApi } from "../quay/api.ts";
import type { ProductApi } from "./product-api.ts";

/** Products whose API offers more than the distribution protocol. */
export const PRODUCT_APIS: readonly ProductApi[] = [
  artifactRegistryApi,
  ecrApi,
  harborApi,
  dockerHubApi,
  quayApi,
  acrApi,
];
