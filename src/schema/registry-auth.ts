import type { PersonalFile, RegistryAuth, SettingsFile } from "../model/sync-manifest.ts";
import type { RegistryAuth as WrittenAuth } from "./generated/images.ts";

/** Converts `auth` of images.yaml or of the user's settings. `file` adds the position of the key file. */
export function readAuth(written: WrittenAuth, file: (path: string) => SettingsFile | PersonalFile): RegistryAuth {
  if ("anonymous" in written) return { kind: "anonymous" };
  if ("helper" in written) return { kind: "helper", name: written.helper };
  if ("accessToken" in written) return { kind: "access-token" };
  const { impersonate } = written;
  const account = impersonate === undefined ? {} : { impersonate };
  if ("metadata" in written) return { kind: "metadata", ...account };
  if ("applicationDefault" in written) return { kind: "application-default", ...account };
  if ("gcloud" in written) return { kind: "gcloud", ...account };
  const { keyFile, exchange = false } = written;
  return { kind: "key-file", file: file(keyFile), exchange, ...account };
}
