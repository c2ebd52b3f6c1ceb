import { type ProductFacts, says } from "../product-facts.ts";
import { parseEcrHost } from "./host.ts";

/** Amazon's registry. */
export const ecr: ProductFacts = {
  name: "ecr",
  title: "ECR",
  isHost: (host) => parseEcrHost(host) !== undefined,
  saysImmutable: says(/cannot be overwritten because the (?:tag|repository) is immutable/i),
  login: (host) => {
    const region = parseEcrHost(host)?.region ?? "";
    return `aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${host}`;
  },
  createCommand: ({ host, path }) => {
    const region = parseEcrHost(host)?.region;
    return region === undefined ? undefined : `aws ecr create-repository --repository-name ${path} --region ${region}`;
  },
};
