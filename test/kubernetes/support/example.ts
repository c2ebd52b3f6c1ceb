import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "./cluster-api.ts";

const FOLDER = fileURLToPath(new URL("../../../examples/kubernetes", import.meta.url));

/**
 * Returns the objects of an example. `files` replaces the data of its ConfigMap, and `word` each word of the container's command, such as
 * one with a port.
 */
export function readExample(
  name: string,
  {
    files,
    word = (text) => text,
  }: { readonly files: Readonly<Record<string, string>>; readonly word?: (text: string) => string },
): readonly KubernetesObject[] {
  return parseAllDocuments(readFileSync(`${FOLDER}/${name}`, "utf8")).map((document) => {
    const object = document.toJS({
      reviver: (key, value: unknown) =>
        (key === "args" || key === "command") && Array.isArray(value) ? value.map(String).map(word) : value,
    }) as KubernetesObject;
    return object.kind === "ConfigMap" ? Object.assign(object, { data: files }) : object;
  });
}

/** A Secret with Docker's config.json, as `kubectl create secret docker-registry` makes it. */
export function registrySecret(namespace: string, auths: Readonly<Record<string, string>>): KubernetesObject {
  const entries = Object.entries(auths).map(([host, login]) => [host, { auth: Buffer.from(login).toString("base64") }]);
  const config = JSON.stringify({ auths: Object.fromEntries(entries) });
  const data = { ".dockerconfigjson": Buffer.from(config).toString("base64") };
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/dockerconfigjson",
    metadata: { name: "registries", namespace },
    data,
  } as KubernetesObject;
}
