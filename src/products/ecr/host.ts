/** A parsed host name: `ACCOUNT.dkr.ecr.REGION.amazonaws.com`. */
export type EcrHost = {
  readonly account: string;
  readonly region: string;
  /** The domain's suffix in China: `.cn`; empty elsewhere. */
  readonly suffix: string;
};

const HOST = /^([0-9]{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

/** Returns undefined if the host is not an ECR registry. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const [, account, region, suffix = ""] = HOST.exec(host) ?? [];
  return account === undefined || region === undefined ? undefined : { account, region, suffix };
}
