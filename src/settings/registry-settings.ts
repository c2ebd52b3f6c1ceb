import type { Diagnostic } from "../model/error.ts";
import { defaultHostSettings, type HostSettings } from "../model/host-settings.ts";
import { secret } from "../model/secret.ts";
import type { PersonalFile, RegistrySettings, SettingsFile } from "../model/sync-manifest.ts";
import { isLoopback } from "../http/address.ts";
import { ConfigError, type ConfigProblem } from "./config-problem.ts";
import type { Inside } from "../files/file-inside.ts";
import { type Pem, type PemKind, readPem, readPemInside } from "./pem-file.ts";
import type { PersonalRegistrySettings, Settings } from "./settings.ts";
import { defined } from "../model/defined.ts";

export type RegistrySettingsOptions = {
  /** `registries` of images.yaml, per normalised host. */
  readonly manifest: ReadonlyMap<string, RegistrySettings>;
  /** The folder of images.yaml. */
  readonly manifestFolder: string;
  readonly settings: Pick<Settings, "registries" | "allowFiles" | "allowPlainHttp">;
  /** For an untrusted manifest: no client certificates, because they are credentials. */
  readonly untrusted: boolean;
};

export type ResolvedHosts = {
  readonly hosts: readonly HostSettings[];
  /** Findings about the files that images.yaml refers to. */
  readonly diagnostics: readonly Diagnostic[];
};

type Found =
  | { readonly pem: string }
  | { readonly diagnostic: Diagnostic }
  | { readonly problem: ConfigProblem }
  | undefined;

/**
 * Returns the settings of all hosts in images.yaml or the user's settings, with their files read. The user's settings take precedence. Only
 * they can turn off TLS verification, name token services and upload hosts, or allow credentials over plain http.
 * @throws ConfigError for files that the user's settings refer to
 */
export async function resolveHostSettings(options: RegistrySettingsOptions): Promise<ResolvedHosts> {
  const hosts = new Set([...options.manifest.keys(), ...options.settings.registries.keys()]);
  const resolved = await Promise.all([...hosts].map((host) => resolveHost(host, options)));
  const problems = resolved.flatMap(({ files }) => files.flatMap((file) => ("problem" in file ? [file.problem] : [])));
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    hosts: resolved.map(({ settings }) => settings),
    diagnostics: resolved.flatMap(({ files }) =>
      files.flatMap((file) => ("diagnostic" in file ? [file.diagnostic] : [])),
    ),
  };
}

/** Whether credentials may be sent to this host over plain http: to localhost, or if the user allows it. */
export function allowsPlainHttpCredentials(host: string, allowed: ReadonlySet<string>): boolean {
  if (allowed.has(host)) return true;
  const url = `http://${host}`;
  return URL.canParse(url) && isLoopback(new URL(url));
}

type ResolvedHost = { readonly settings: HostSettings; readonly files: readonly NonNullable<Found>[] };

async function resolveHost(host: string, options: RegistrySettingsOptions): Promise<ResolvedHost> {
  const { manifest, manifestFolder, settings, untrusted } = options;
  const theirs = manifest.get(host);
  const own = settings.registries.get(host);
  const inside = { folder: manifestFolder, allowed: settings.allowFiles };
  const ca = await readOne("certificate", { own: own?.ca, theirs: theirs?.ca, inside });
  const [certificate, key] = untrusted ? [] : await readPair({ own, theirs, inside });
  const plainHttp = own?.plainHttp ?? theirs?.plainHttp ?? false;
  const clientCertificate = pairOf(certificate, key);
  return {
    files: [ca, certificate, key].filter((file) => file !== undefined),
    settings: {
      ...defaultHostSettings(host),
      plainHttp,
      allowsCredentials: !plainHttp || allowsPlainHttpCredentials(host, settings.allowPlainHttp),
      insecureTls: own?.insecureTls ?? false,
      trustedRealms: own?.trustedRealms ?? [],
      uploadHosts: own?.uploadHosts ?? [],
      ...defined({
        ca: ca !== undefined && "pem" in ca ? ca.pem : undefined,
        clientCertificate,
        reserve: theirs?.reserve,
      }),
    },
  };
}

type Choice = {
  readonly own: PersonalFile | undefined;
  readonly theirs: SettingsFile | undefined;
  readonly inside: Inside;
};

async function readPair({
  own,
  theirs,
  inside,
}: {
  own: PersonalRegistrySettings | undefined;
  theirs: RegistrySettings | undefined;
  inside: Inside;
}): Promise<readonly [Found, Found]> {
  // both from the same source: a certificate from one and a key from the other cannot match
  const mine = own?.clientCertificate;
  const other = mine === undefined ? theirs?.clientCertificate : undefined;
  return Promise.all([
    readOne("certificate", { own: mine?.certificate, theirs: other?.certificate, inside }),
    readOne("key", { own: mine?.key, theirs: other?.key, inside }),
  ]);
}

async function readOne(kind: PemKind, { own, theirs, inside }: Choice): Promise<Found> {
  if (own !== undefined) {
    const pem = await readPem(own.path, kind);
    return "text" in pem ? { pem: pem.text } : { problem: { place: own.origin, ...wordsFor(own.path, pem) } };
  }
  if (theirs === undefined) return undefined;
  const pem = await readPemInside(theirs.path, kind, inside);
  if ("text" in pem) return { pem: pem.text };
  return { diagnostic: { severity: "error", position: theirs.position, ...wordsFor(theirs.path, pem) } };
}

function wordsFor(path: string, { problem, hint }: Exclude<Pem, { text: string }>): { message: string; hint?: string } {
  return { message: `"${path}" ${problem}`, ...defined({ hint }) };
}

function pairOf(certificate: Found, key: Found): HostSettings["clientCertificate"] {
  if (certificate === undefined || key === undefined) return undefined;
  if (!("pem" in certificate) || !("pem" in key)) return undefined;
  return { certificate: certificate.pem, key: secret(key.pem) };
}
