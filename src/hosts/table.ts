import { acr } from "./acr.ts";
import { artifactRegistry } from "./artifact-registry/product.ts";
import { dockerHub } from "./docker-hub.ts";
import { ecr } from "./ecr.ts";
import { harbor } from "./harbor.ts";
import type { Product } from "./product.ts";
import { quay } from "./quay.ts";

/** All products that imgsync knows more about than the protocol: a new one is a file and its name here. */
export const PRODUCTS: readonly Product[] = [artifactRegistry, ecr, dockerHub, quay, acr, harbor];
