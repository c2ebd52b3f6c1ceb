import { type ManifestContent } from "../model/manifest.ts";
import { formatReference, type Repository } from "../model/reference.ts";
import type { Cancellable } from "../model/ports.ts";
import type { RetryingStore } from "./retrying-store.ts";
import { RegistryError } from "../http/error.ts";
import { growingWaits } from "../http/growing-waits.ts";

export type DigestPut = Cancellable & { readonly target: Repository; readonly content: ManifestContent };

/** Reports whether the registry lists the manifest as a referrer of its subject. */
export type DigestPutResult = { readonly isListed: boolean };

type Tools = Pick<RetryingStore, "manifests" | "retry" | "clock">;

/**
 * Writes a manifest by digest and verifies it: by the digest in the response, or by a HEAD if there is none. A PUT with unknown outcome is
 * retried only if the manifest is still missing.
 */
export function putByDigest(tools: Tools, put: DigestPut): Promise<DigestPutResult> {
  const { manifests, retry } = tools;
  const { target, content, signal } = put;
  let wasTried = false;
  return retry(async () => {
    if (wasTried && (await isThere(tools, put))) return { isListed: false };
    wasTried = true;
    const { digest, isListed } = await manifests.putByDigest(target, content, { signal });
    if (digest !== content.descriptor.digest) await verify(tools, put);
    return { isListed };
  }, signal);
}

/** Some registries show an accepted manifest only after a delay. */
async function verify(tools: Tools, put: DigestPut): Promise<void> {
  const { target, content, signal } = put;
  const waits = growingWaits();
  while (!(await isThere(tools, put))) {
    const wait = waits.next();
    if (wait.done === true) {
      const { digest } = content.descriptor;
      throw new RegistryError({
        code: "REGISTRY_PROTOCOL",
        side: "target",
        reference: formatReference({ repository: target, digest }),
        message: `${target.host} accepted the manifest "${digest}", but does not have it`,
        hint: "plan again; if it happens again, the registry or a proxy in front of it silently drops writes",
      });
    }
    await tools.clock.sleep(wait.value, signal);
  }
}

async function isThere({ manifests }: Tools, { target, content, signal }: DigestPut): Promise<boolean> {
  const { digest } = content.descriptor;
  return (await manifests.resolve({ repository: target, digest }, { signal })) !== undefined;
}
