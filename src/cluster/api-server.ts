import { join } from "node:path";
import { isLoopback } from "../http/address.ts";
import { ImgsyncError } from "../model/error.ts";
import type { Settings } from "../settings/settings.ts";
import { defined } from "../model/defined.ts";

/** Where the API server of a Kubernetes cluster is, and the files with which it is reached. They are read again for every request. */
export type ApiServer = {
  readonly url: URL;
  /** PEM, trusted in addition to the system's certificate authorities. */
  readonly caFile?: string;
  /** A bearer token. Kubernetes replaces the one in a pod about once an hour. */
  readonly tokenFile?: string;
  /** Holds the namespace of the pod. */
  readonly namespaceFile?: string;
  /** Whether this process runs in a pod of the cluster, which reaches the API server directly, without a proxy. */
  readonly isInCluster: boolean;
};

/** Where the kubelet mounts the service account of a pod. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds the API server: the one in the settings, otherwise that of the cluster in whose pod this process runs.
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 * @throws ImgsyncError USAGE if there is none, CONFIG_INVALID if the address in the settings is plain http to another machine
 */
export function findApiServer(
  environment: Environment,
  { kubernetes, origins }: Pick<Settings, "kubernetes" | "origins">,
  folder = SERVICE_ACCOUNT,
): ApiServer {
  if (kubernetes !== undefined) {
    const url = new URL(kubernetes.server);
    if (url.protocol === "http:" && !isLoopback(url)) {
      throw new ImgsyncError({
        code: "CONFIG_INVALID",
        message: `${origins.get("kubernetes") ?? "kubernetes"}: the token would be sent over plain http to "${url.host}"`,
        hint: "write https://HOST:PORT; plain http is allowed for localhost only",
      });
    }
    const { ca, tokenFile } = kubernetes;
    return { url, ...defined({ caFile: ca?.path, tokenFile: tokenFile?.path }), isInCluster: false };
  }
  const host = environment["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = environment["KUBERNETES_SERVICE_PORT"] ?? "";
  const text = `https://${host.includes(":") ? `[${host}]` : host}:${port}/`;
  if (host === "" || port === "" || !URL.canParse(text)) {
    throw new ImgsyncError({
      code: "USAGE",
      message: "--lease needs a Kubernetes API server, and this process does not run in a pod",
      hint: "outside a cluster, write the address of its API server in your settings: kubernetes: { server: https://HOST:PORT, … }",
    });
  }
  return {
    url: new URL(text),
    caFile: join(folder, "ca.crt"),
    tokenFile: join(folder, "token"),
    namespaceFile: join(folder, "namespace"),
    isInCluster: true,
  };
}
