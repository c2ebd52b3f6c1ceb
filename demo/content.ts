import type { EmbeddedRegistry } from "../test/support/embedded-registry/registry.ts";
import { image } from "../test/support/images.ts";
import { largeLayer, plainIndex } from "./images.ts";

/** Fills a registry with small, real images under well-known names. */
export function fillUpstream({ putImage }: EmbeddedRegistry): void {
  for (const [at, tag] of ["1.26.2", "1.27.2", "1.27.3"].entries()) {
    putImage("library/nginx", tag, plainIndex(at));
  }
  const layers = [1, 2, 3].map((seed) => largeLayer({ size: 8_000_000 * seed, seed }));
  putImage("library/postgres", "17.1", image({ layers: layers.slice(0, 2) }));
  putImage("library/postgres", "17.2", image({ layers }));
}
