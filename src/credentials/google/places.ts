import { pathsOf, type System } from "../../files/system.ts";
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

type PlaceOptions = {
  readonly home: string;
  readonly named: (path: string) => NamedFile;
  readonly system: System;
};

const METADATA_HOST = "metadata.google.internal";

/** Follows the lookup of Google's own libraries. */
export function googlePlaces(
  environment: Readonly<Record<string, string | undefined>>,
  { home, named, system }: PlaceOptions,
): GooglePlaces {
  const value = (name: string): string | undefined => environment[name] || undefined;
  const defaultFile = value("GOOGLE_APPLICATION_CREDENTIALS");
  const paths = pathsOf(system);
  const usual =
    system === "windows"
      ? paths.join(value("APPDATA") ?? paths.join(home, "AppData", "Roaming"), "gcloud")
      : paths.join(home, ".config", "gcloud");
  const folder = value("CLOUDSDK_CONFIG") ?? usual;
  return {
    ...defined({ defaultFile: defaultFile === undefined ? undefined : named(defaultFile) }),
    wellKnownFile: named(paths.join(folder, "application_default_credentials.json")),
    metadataHost: value("GCE_METADATA_HOST") ?? value("GCE_METADATA_ROOT") ?? value("GCE_METADATA_IP") ?? METADATA_HOST,
  };
}
