import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ClusterApi } from "./cluster-api.ts";
import { fieldOf, type KeyPath, type Pod, type Source, type Volume } from "./pod.ts";

type Files = ReadonlyMap<string, string | Uint8Array>;

/** Lays out the volumes of a pod as the kubelet does, each in its own folder. Returns the folder of each volume. */
export async function layOutVolumes(api: ClusterApi, pod: Pod, folder: string): Promise<ReadonlyMap<string, string>> {
  const folders = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    const path = volume.hostPath?.path ?? join(folder, volume.name);
    await mkdir(path, { recursive: true });
    folders.set(volume.name, path);
    const sources = sourcesOf(volume);
    if (sources.length > 0) await writeVersion(path, await filesOf(api, pod, sources));
  }
  return folders;
}

function sourcesOf({ configMap, secret, downwardAPI, projected }: Volume): readonly Source[] {
  if (projected !== undefined) return projected.sources ?? [];
  if (configMap !== undefined) return [{ configMap }];
  if (secret !== undefined) return [{ secret }];
  return downwardAPI === undefined ? [] : [{ downwardAPI }];
}

async function filesOf(api: ClusterApi, pod: Pod, sources: readonly Source[]): Promise<Files> {
  const files = new Map<string, string | Uint8Array>();
  const base = `/api/v1/namespaces/${pod.metadata.namespace}`;
  for (const { configMap, secret, serviceAccountToken, downwardAPI } of sources) {
    if (configMap !== undefined) {
      const { data = {} } = await api.ask<{ data?: Record<string, string> }>(
        "GET",
        `${base}/configmaps/${configMap.name}`,
      );
      for (const [path, text] of chosen(data, configMap.items)) files.set(path, text);
    }
    if (secret !== undefined) {
      const name = secret.secretName ?? secret.name;
      const { data = {} } = await api.ask<{ data?: Record<string, string> }>("GET", `${base}/secrets/${name}`);
      for (const [path, text] of chosen(data, secret.items)) files.set(path, Buffer.from(text, "base64"));
    }
    if (serviceAccountToken !== undefined) files.set(serviceAccountToken.path, await tokenFor(api, pod));
    for (const { path, fieldRef } of downwardAPI?.items ?? [])
      files.set(path, fieldRef === undefined ? "" : fieldOf(pod, fieldRef.fieldPath));
  }
  return files;
}

function chosen(
  data: Readonly<Record<string, string>>,
  items: readonly KeyPath[] | undefined,
): readonly (readonly [string, string])[] {
  if (items === undefined) return Object.entries(data);
  return items.map(({ key, path }) => [path, data[key] ?? ""] as const);
}

/** A real token of the pod's service account, bound to the pod, as the kubelet requests it. */
async function tokenFor(api: ClusterApi, { metadata, spec }: Pod): Promise<string> {
  const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${spec.serviceAccountName}/token`;
  const boundObjectRef = { kind: "Pod", apiVersion: "v1", name: metadata.name, uid: metadata.uid };
  const { status } = await api.ask<{ status: { token: string } }>("POST", path, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { audiences: null, expirationSeconds: 3600, boundObjectRef },
  });
  return status.token;
}

/** NAME is a link to ..data/NAME, and ..data a link to a folder that is replaced as a whole. */
async function writeVersion(folder: string, files: Files): Promise<void> {
  const version = `..${Date.now()}`;
  for (const [name, content] of files) {
    await mkdir(dirname(join(folder, version, name)), { recursive: true });
    await writeFile(join(folder, version, name), content, { mode: 0o644 });
  }
  await symlink(version, join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  for (const name of new Set([...files.keys()].map((path) => path.split("/", 1)[0] ?? path))) {
    await rm(join(folder, name), { force: true });
    await symlink(join("..data", name), join(folder, name));
  }
}
