import type { Key } from "./key.ts";

/** What copies the image. Default: registry; a local image always needs docker. */
export const engine: Key<"engine"> = {
  name: "engine",
  read: (written = "registry", { isLocal }) => ({ engine: isLocal ? "docker" : written }),
};
