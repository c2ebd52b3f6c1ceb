import type { KubernetesObject, ObjectMeta } from "./cluster-api.ts";

/** The parts of a Pod that the node agent uses. */
export type Pod = KubernetesObject & {
  readonly metadata: ObjectMeta & { readonly namespace: string; readonly uid: string };
  readonly spec: PodSpec;
  readonly status?: { readonly phase?: string };
};

export type PodSpec = {
  readonly nodeName?: string;
  readonly restartPolicy?: "Always" | "OnFailure" | "Never";
  readonly serviceAccountName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
};

export type Container = {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
};

export type EnvVar = {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
};

export type KeyPath = { readonly key: string; readonly path: string };

export type Source = {
  readonly configMap?: { readonly name?: string; readonly items?: readonly KeyPath[] };
  readonly secret?: { readonly name?: string; readonly secretName?: string; readonly items?: readonly KeyPath[] };
  readonly serviceAccountToken?: { readonly path: string; readonly expirationSeconds?: number };
  readonly downwardAPI?: {
    readonly items?: readonly { readonly path: string; readonly fieldRef?: { readonly fieldPath: string } }[];
  };
};

export type Volume = Source & {
  readonly name: string;
  readonly emptyDir?: object;
  readonly hostPath?: { readonly path: string };
  readonly projected?: { readonly sources?: readonly Source[] };
};

export function pathOf({ metadata: { namespace, name } }: Pod): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

/** Resolves a field path of the downward API. https://kubernetes.io/docs/concepts/workloads/pods/downward-api/ */
export function fieldOf(pod: Pod, path: string): string {
  const quoted = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (quoted !== null) {
    const [, kind, key = ""] = quoted;
    return (kind === "labels" ? pod.metadata.labels : pod.metadata.annotations)?.[key] ?? "";
  }
  const known: Readonly<Record<string, string | undefined>> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "spec.nodeName": pod.spec.nodeName,
    "spec.serviceAccountName": pod.spec.serviceAccountName,
    "status.podIP": "127.0.0.1",
    "status.hostIP": "127.0.0.1",
  };
  const value = known[path];
  if (value === undefined) throw new Error(`the node agent does not know the field ${path}`);
  return value;
}

/** The environment of a container: its own variables, with references to earlier ones as $(NAME). */
export function environmentOf(pod: Pod, { env = [] }: Container): Readonly<Record<string, string>> {
  const resolved = new Map<string, string>();
  for (const { name, value, valueFrom } of env) {
    const field = valueFrom?.fieldRef?.fieldPath;
    const text = field === undefined ? (value ?? "") : fieldOf(pod, field);
    resolved.set(name, expand(text, resolved));
  }
  return Object.fromEntries(resolved);
}

/** Replaces $(NAME), in commands and arguments too. An unknown name stays as it is. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (all, name: string) => variables.get(name) ?? all);
}
