/** What the name of a host says: `ACCOUNT.dkr.ecr.REGION.amazonaws.com`. */
export type EcrHost = {
  readonly account: string;
  readonly region: string;
  /** What the domain ends with in China: `.cn`; empty elsewhere. */
  readonly suffix: string;
};

const HOST = /^([0-9]{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

/** Undefined where the host is not ECR's. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const [, account, region, suffix = ""] = HOST.exec(host) ?? [];
  return account === undefined || region === undefined ? undefined : { account, region, suffix };
}
