import type { LocalImages } from "../../src/model/ports.ts";
import { cleanUpAfterEach } from "./clean-up.ts";
import { createTestClient, type TestClient, type TestClientOptions } from "./client.ts";
import type { RegistryOptions } from "./embedded-registry/options.ts";
import { type EmbeddedRegistry, startRegistry } from "./embedded-registry/registry.ts";

/** Starts registries and clients that are stopped after each test. Call once per file, at its top level. */
export function createScope(): {
  readonly registry: (options?: RegistryOptions) => Promise<EmbeddedRegistry>;
  readonly client: (options?: TestClientOptions) => TestClient;
  readonly onEnd: (cleanup: () => Promise<void>) => void;
} {
  const cleanUp = cleanUpAfterEach();
  return {
    registry: async (options) => {
      const registry = await startRegistry(options);
      cleanUp(registry.stop);
      return registry;
    },
    client: (options) => {
      const client = createTestClient(options);
      cleanUp(client.close);
      return client;
    },
    onEnd: cleanUp,
  };
}

/** A machine without docker. */
export const NO_LOCAL_IMAGES: LocalImages = { find: async () => undefined };

/** A signal that never fires. */
export const calm = { signal: new AbortController().signal } as const;
