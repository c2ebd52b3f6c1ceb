import { Agent, request } from "node:https";

export type KubernetesObject = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
  readonly status?: unknown;
};

export type ObjectMeta = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};

export type ClusterAnswer = { readonly status: number; readonly json: unknown };

/** The API of the cluster as an administrator uses it. It knows nothing of imgsync's own client. */
export type ClusterApi = {
  /** Throws only if there is no answer. */
  readonly send: (method: string, path: string, body?: unknown) => Promise<ClusterAnswer>;
  /** @throws Error for an answer other than 2xx */
  readonly ask: <T>(method: string, path: string, body?: unknown) => Promise<T>;
  /** Creates the object of a manifest. A namespace may exist already. */
  readonly create: (object: KubernetesObject) => Promise<void>;
  /** Asks whether the API server would accept the object with every field that it has, without creating it. */
  readonly check: (object: KubernetesObject) => Promise<ClusterAnswer>;
  readonly close: () => void;
};

/** Where the objects of a kind are. `%` stands for the namespace. */
const PATHS: Readonly<Record<string, string>> = {
  Namespace: "/api/v1/namespaces",
  Node: "/api/v1/nodes",
  ConfigMap: "/api/v1/namespaces/%/configmaps",
  Secret: "/api/v1/namespaces/%/secrets",
  ServiceAccount: "/api/v1/namespaces/%/serviceaccounts",
  Role: "/apis/rbac.authorization.k8s.io/v1/namespaces/%/roles",
  RoleBinding: "/apis/rbac.authorization.k8s.io/v1/namespaces/%/rolebindings",
  Deployment: "/apis/apps/v1/namespaces/%/deployments",
  Job: "/apis/batch/v1/namespaces/%/jobs",
  CronJob: "/apis/batch/v1/namespaces/%/cronjobs",
  Service: "/api/v1/namespaces/%/services",
  DaemonSet: "/apis/apps/v1/namespaces/%/daemonsets",
};

const TIMEOUT_MS = 10_000;

export function connectToCluster(
  url: string,
  { ca, token }: { readonly ca: string; readonly token: string },
): ClusterApi {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 8 });
  const send: ClusterApi["send"] = (method, path, body) => {
    const { promise, resolve, reject } = Promise.withResolvers<ClusterAnswer>();
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": type,
      accept: "application/json",
      // otherwise Node does not frame the body of a DELETE
      "content-length": String(content?.byteLength ?? 0),
    };
    const sent = request(new URL(path, url), { method, agent, headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Uint8Array[] = [];
      response.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, json: text.startsWith("{") ? JSON.parse(text) : text });
      });
    });
    sent.once("timeout", () => sent.destroy(new Error(`${method} ${path}: no answer`)));
    sent.once("error", reject);
    sent.end(content);
    return promise;
  };
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const { status, json } = await send(method, path, body);
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`);
    // as documented for the path
    return json as T;
  };
  const pathOf = ({ kind, metadata }: KubernetesObject): string => {
    const path = PATHS[kind ?? ""]?.replace("%", metadata.namespace ?? "");
    if (path === undefined) throw new Error(`no path is known for ${kind}`);
    return path;
  };
  return {
    send,
    ask,
    check: (object) => send("POST", `${pathOf(object)}?dryRun=All&fieldValidation=Strict`, object),
    create: async (object) => {
      const { status, json } = await send("POST", pathOf(object), object);
      if (status !== 201 && !(status === 409 && object.kind === "Namespace"))
        throw new Error(`${object.kind} ${object.metadata.name}: ${status} ${JSON.stringify(json)}`);
    },
    close: () => agent.destroy(),
  };
}
