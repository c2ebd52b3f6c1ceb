import { join } from "node:path";
import type { NamedFile } from "../source/auth-file.ts";

/** Where this machine and person keep Google's credentials. */
export type GooglePlaces = {
  /** What GOOGLE_APPLICATION_CREDENTIALS names. */
  readonly defaultFile?: NamedFile;
  /** What `gcloud auth application-default login` writes. */
  readonly wellKnownFile: NamedFile;
  /** `host[:port]` of the metadata server. */
  readonly metadataHost: string;
};

const METADATA_HOST = "metadata.google.internal";

/** As Google's own libraries look for them. */
export function googlePlaces(
  environment: Readonly<Record<string, string | undefined>>,
  { home, named }: { readonly home: string; readonly named: (path: string) => NamedFile },
): GooglePlaces {
  const value = (name: string): string | undefined => environment[name] || undefined;
  const defaultFile = value("GOOGLE_APPLICATION_CREDENTIALS");
  const folder = value("CLOUDSDK_CONFIG") ?? join(home, ".config", "gcloud");
  return {
    ...(defaultFile === undefined ? {} : { defaultFile: named(defaultFile) }),
    wellKnownFile: named(join(folder, "application_default_credentials.json")),
    metadataHost: value("GCE_METADATA_HOST") ?? value("GCE_METADATA_ROOT") ?? value("GCE_METADATA_IP") ?? METADATA_HOST,
  };
}
