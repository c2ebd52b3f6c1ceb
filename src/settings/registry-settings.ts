import type { Diagnostic } from "../model/error.ts";
import { defaultHostSettings, type HostSettings } from "../model/host-settings.ts";
import { secret } from "../model/secret.ts";
import type { RegistrySettings, SettingsFile } from "../model/sync-manifest.ts";
import { isLoopback } from "../http/address.ts";
import { ConfigError, type ConfigProblem } from "./config-problem.ts";
import type { Inside } from "../files/file-inside.ts";
import { type Pem, type PemKind, readPem, readPemInside } from "./pem-file.ts";
import type { PersonalFile, PersonalRegistrySettings, Settings } from "./settings.ts";

export type RegistrySettingsOptions = {
  /** `registries` of images.yaml, per normalised host. */
  readonly manifest: ReadonlyMap<string, RegistrySettings>;
  /** The folder of images.yaml. */
  readonly manifestFolder: string;
  readonly settings: Pick<Settings, "registries" | "allowFiles" | "allowPlainHttp">;
  /** The manifest is a stranger's: no client certificates, for they are credentials. */
  readonly untrusted: boolean;
};

export type ResolvedHosts = {
  readonly hosts: readonly HostSettings[];
  /** What is wrong with the files that images.yaml names. */
  readonly diagnostics: readonly Diagnostic[];
};

type Found =
  | { readonly pem: string }
  | { readonly diagnostic: Diagnostic }
  | { readonly problem: ConfigProblem }
  | undefined;

/**
 * All hosts that images.yaml or the person's settings say something about, with their files read. The person's settings win;
 * only they can turn TLS checks off, name token services and upload hosts, or allow credentials over plain http.
 * @throws ConfigError for files that the person's settings name
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

/** Whether credentials may go to this host over plain http: to this machine, or where the person allows it. */
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
      ...(ca !== undefined && "pem" in ca ? { ca: ca.pem } : {}),
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
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
  // a pair comes from one place: a certificate of one and a key of the other cannot fit
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
  return { message: `"${path}" ${problem}`, ...(hint === undefined ? {} : { hint }) };
}

function pairOf(certificate: Found, key: Found): HostSettings["clientCertificate"] {
  if (certificate === undefined || key === undefined) return undefined;
  if (!("pem" in certificate) || !("pem" in key)) return undefined;
  return { certificate: certificate.pem, key: secret(key.pem) };
}
