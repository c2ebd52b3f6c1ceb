import type { HostSettings } from "../../model/host-settings.ts";
import { type DigestReference, formatReference } from "../../model/reference.ts";
import { policyFiles } from "../../model/signature-policy.ts";
import type { SignaturePolicy, SignerMatch } from "../../model/sync-manifest.ts";
import { defined } from "../../model/defined.ts";

export type Verification = {
  readonly image: DigestReference;
  readonly policy: SignaturePolicy;
  /** Settings of the image's registry. */
  readonly host: HostSettings;
  /** Returns the text of a file that the policy names. */
  readonly textOf: (path: string) => string;
};

/** Files for a folder by name, and the arguments that refer to them there. */
export type Prepared = {
  readonly files: Readonly<Record<string, string>>;
  readonly argumentsIn: (folder: string) => readonly string[];
};

const KEY = "key.pub";
const TRUSTED_ROOT = "trusted-root.json";
const CA = "ca.pem";
const CERTIFICATE = "client.pem";
const CERTIFICATE_KEY = "client-key.pem";

/**
 * Prepares `cosign verify` for one manifest. Values are in the same argument as their flag, so that they cannot be parsed as flags. Files
 * are copies of validated content, so that they cannot be replaced in between.
 */
export function prepareVerify({ image, policy, host, textOf }: Verification): Prepared {
  const { key, trustedRoot } = policyFiles(policy);
  const { ca, clientCertificate } = host;
  const files = {
    ...defined({
      [KEY]: key === undefined ? undefined : textOf(key),
      [TRUSTED_ROOT]: trustedRoot === undefined ? undefined : textOf(trustedRoot),
      [CA]: ca,
    }),
    ...(clientCertificate === undefined
      ? {}
      : { [CERTIFICATE]: clientCertificate.certificate, [CERTIFICATE_KEY]: clientCertificate.key.reveal() }),
  };
  const has = (name: string): boolean => Object.hasOwn(files, name);
  return {
    files,
    argumentsIn: (folder) => [
      "verify",
      "--output=json",
      ...signerArguments(policy, `${folder}/${KEY}`),
      ...(has(TRUSTED_ROOT) ? [`--trusted-root=${folder}/${TRUSTED_ROOT}`] : []),
      ...(host.plainHttp ? ["--allow-http-registry"] : []),
      ...(host.insecureTls ? ["--allow-insecure-registry"] : []),
      ...(has(CA) ? [`--registry-cacert=${folder}/${CA}`] : []),
      ...(has(CERTIFICATE)
        ? [`--registry-client-cert=${folder}/${CERTIFICATE}`, `--registry-client-key=${folder}/${CERTIFICATE_KEY}`]
        : []),
      formatReference(image),
    ],
  };
}

function signerArguments({ signer }: SignaturePolicy, keyFile: string): readonly string[] {
  if (signer.kind === "key") return [`--key=${keyFile}`, ...(signer.isLogged ? [] : ["--insecure-ignore-tlog"])];
  return [
    matchArgument("--certificate-identity", signer.identity),
    matchArgument("--certificate-oidc-issuer", signer.issuer),
  ];
}

/** cosign matches its pattern anywhere in the text: unanchored, an untrusted address that contains ours would match. */
function matchArgument(flag: string, { kind, text }: SignerMatch): string {
  return kind === "exact" ? `${flag}=${text}` : `${flag}-regexp=^(?:${text})$`;
}
