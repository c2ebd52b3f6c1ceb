import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "./cluster-api.ts";

const FOLDER = fileURLToPath(new URL("../../../examples/kubernetes", import.meta.url));

export type ExampleChanges = {
  /** The namespace of all objects; by default that of the example. */
  readonly namespace?: string;
  /** Replaces the data of the ConfigMap. */
  readonly files: Readonly<Record<string, string>>;
  /** Replaces each word of the container's command, such as one with a port, by others. */
  readonly word?: (text: string) => readonly string[];
  /** Replaces fields of the Job's spec. */
  readonly job?: Readonly<Record<string, unknown>>;
};

/** Returns the objects of an example, with what has to be different in a test. */
export function readExample(
  name: string,
  { namespace = "imgsync", files, word = (text) => [text], job = {} }: ExampleChanges,
): readonly KubernetesObject[] {
  return parseAllDocuments(readFileSync(`${FOLDER}/${name}`, "utf8")).map((document) => {
    const object = document.toJS({
      reviver: (key, value: unknown) => {
        if (key === "namespace" || (key === "name" && value === "imgsync")) return namespace;
        return (key === "args" || key === "command") && Array.isArray(value) ? value.map(String).flatMap(word) : value;
      },
    }) as KubernetesObject;
    if (object.kind === "ConfigMap") Object.assign(object, { data: files });
    if (object.kind === "Job") Object.assign(object.spec as object, job);
    return object;
  });
}

/** Docker's config.json with a login for each host. */
export function dockerConfig(logins: Readonly<Record<string, string>>): string {
  const entries = Object.entries(logins).map(([host, login]) => [
    host,
    { auth: Buffer.from(login).toString("base64") },
  ]);
  return JSON.stringify({ auths: Object.fromEntries(entries) });
}

/** A Secret with Docker's config.json, as `kubectl create secret docker-registry` makes it. */
export function registrySecret(namespace: string, logins: Readonly<Record<string, string>>): KubernetesObject {
  const data = { ".dockerconfigjson": Buffer.from(dockerConfig(logins)).toString("base64") };
  const type = "kubernetes.io/dockerconfigjson";
  const secret = { apiVersion: "v1", kind: "Secret", type, metadata: { name: "registries", namespace }, data };
  return secret;
}
