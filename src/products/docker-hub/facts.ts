import { DEFAULT_HOST } from "../../model/reference.ts";
import { type ProductFacts, says } from "../product-facts.ts";

/** Docker Hub, under its one name in references. */
export const dockerHub: ProductFacts = {
  name: "docker-hub",
  title: "Docker Hub",
  isHost: (host) => host === DEFAULT_HOST,
  // by message, because its code DENIED is not specific
  saysImmutable: says(/due to immutability settings/i),
  dialledHost: "registry-1.docker.io",
  tokenServices: ["https://auth.docker.io"],
  // https://docs.docker.com/docker-hub/usage/pulls/
  pullQuota: { hint: "log in to Docker Hub, wait, or apply a part with --only", isSilentIfUnlimited: true },
  dockerConfigKey: "https://index.docker.io/v1/",
};
