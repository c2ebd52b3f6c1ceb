import { join } from "node:path";
import type { NamedFile } from "../source/auth-file.ts";
import { defined } from "../../model/defined.ts";

/** Sources of Google credentials on this machine. */
export type GooglePlaces = {
  /** The file in GOOGLE_APPLICATION_CREDENTIALS. */
  readonly defaultFile?: NamedFile;
  /** The file that `gcloud auth application-default login` writes. */
  readonly wellKnownFile: NamedFile;
  /** `host[:port]` of the metadata server. */
  readonly metadataHost: string;
};

const METADATA_HOST = "metadata.google.internal";

/** Follows the lookup of Google's own libraries. */
export function googlePlaces(
  environment: Readonly<Record<string, string | undefined>>,
  { home, named }: { readonly home: string; readonly named: (path: string) => NamedFile },
): GooglePlaces {
  const value = (name: string): string | undefined => environment[name] || undefined;
  const defaultFile = value("GOOGLE_APPLICATION_CREDENTIALS");
  const folder = value("CLOUDSDK_CONFIG") ?? join(home, ".config", "gcloud");
  return {
    ...defined({ defaultFile: defaultFile === undefined ? undefined : named(defaultFile) }),
    wellKnownFile: named(join(folder, "application_default_credentials.json")),
    metadataHost: value("GCE_METADATA_HOST") ?? value("GCE_METADATA_ROOT") ?? value("GCE_METADATA_IP") ?? METADATA_HOST,
  };
}
