import type { Credential } from "../../model/credential.ts";
import { defaultHostSettings, type HostSettings } from "../../model/host-settings.ts";
import { isLayout } from "../../model/layout-name.ts";
import type { Cancellable, Credentials } from "../../model/ports.ts";
import { type DigestReference, formatRepository } from "../../model/reference.ts";
import type { ServeRepository } from "../../model/served-repository.ts";
import type { Environment } from "../exec.ts";
import { type LayoutAtCosign, unchecked } from "./failure.ts";

export type ReadingPlaceOptions = {
  readonly credentials: Credentials;
  readonly settingsFor: (host: string) => HostSettings;
  /** For images in OCI layouts, because cosign reads only registries. */
  readonly serve: ServeRepository;
};

/** Where cosign reads an image and its signatures. */
export type ReadingPlace = {
  readonly image: DigestReference;
  readonly host: HostSettings;
  readonly credential: Credential | undefined;
  readonly environment: Environment;
  /** Only for an image in a layout. */
  readonly layout?: LayoutAtCosign;
  readonly close: () => Promise<void>;
};

/**
 * Opens the place until it is closed: the image's registry, or a registry on this machine that serves only its OCI layout.
 * @throws ImgsyncError SIGNATURE_UNCHECKED if the layout cannot be served, and what finding credentials throws
 */
export async function openReadingPlace(
  image: DigestReference,
  { credentials, settingsFor, serve }: ReadingPlaceOptions,
  { signal }: Cancellable,
): Promise<ReadingPlace> {
  const { repository, digest } = image;
  if (!isLayout(repository)) {
    const credential = await credentials.find(repository, { signal });
    return { image, host: settingsFor(repository.host), credential, environment: {}, close: async () => undefined };
  }
  const served = await serve(repository, { signal }).catch((cause: unknown) => {
    throw notServed(cause);
  });
  return {
    image: { repository: served.repository, digest },
    host: { ...defaultHostSettings(served.repository.host), plainHttp: true },
    credential: served.credential,
    // the layout's signatures count, and not those of another repository
    environment: { COSIGN_REPOSITORY: undefined },
    layout: {
      rename: (text) => rename(text, { from: served.repository, to: formatRepository(repository) }),
      failure: served.failure,
    },
    close: served.close,
  };
}

function notServed(cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return unchecked(
    `cosign reads only registries, and 127.0.0.1 cannot be listened on to serve the OCI layout: ${reason}`,
    "allow it; with Deno: --allow-net=127.0.0.1 in addition to the registries",
    cause,
  );
}

type Renaming = { readonly from: { readonly host: string; readonly path: string }; readonly to: string };

/** `GET http://127.0.0.1:PORT/v2/layout/manifests/TAG` becomes `GET oci:FOLDER/manifests/TAG`. */
function rename(text: string, { from: { host, path }, to }: Renaming): string {
  const forms = [`http://${host}/v2/${path}`, `https://${host}/v2/${path}`, `${host}/${path}`, host];
  return forms.reduce((sofar, form) => sofar.replaceAll(form, () => to), text);
}
