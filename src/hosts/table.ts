import type { Product } from "./product.ts";
import { artifactRegistry } from "./artifact-registry/product.ts";

/** All products that imgsync knows more about than the protocol: a new one is a file and its name here. */
export const PRODUCTS: readonly Product[] = [artifactRegistry];
