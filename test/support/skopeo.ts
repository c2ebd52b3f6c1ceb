import { runProgram, runProgramOk } from "./programs.ts";

/** How skopeo connects to a registry. Without `certificateFolder` it accepts plain HTTP and any certificate. */
export type SkopeoAccess = {
  /** In the form of Docker's `certs.d/HOST`. */
  readonly certificateFolder?: string;
  readonly credentials?: { readonly username: string; readonly password: string };
};

/** Returns the bytes of a manifest as skopeo reads them. `reference` is `HOST/PATH:TAG` or `…@DIGEST`. */
export async function skopeoInspectRaw(reference: string, access: SkopeoAccess = {}): Promise<Uint8Array> {
  const flags = accessFlags(access, { verify: "--tls-verify=false", folder: "--cert-dir", credentials: "--creds" });
  const { stdout } = await runProgramOk("skopeo", ["inspect", "--raw", ...flags, `docker://${reference}`]);
  return stdout;
}

/** Returns skopeo's description of the linux/amd64 image as JSON text: digest, layers, labels. */
export async function skopeoInspect(reference: string, access: SkopeoAccess = {}): Promise<string> {
  const flags = accessFlags(access, { verify: "--tls-verify=false", folder: "--cert-dir", credentials: "--creds" });
  const platform = ["--override-os", "linux", "--override-arch", "amd64"];
  const { stdout } = await runProgramOk("skopeo", [...platform, "inspect", ...flags, `docker://${reference}`]);
  return Buffer.from(stdout).toString("utf8");
}

/** Copies all platforms with unchanged digests, and returns whether it succeeded and its stderr. */
export async function skopeoCopy(
  from: string,
  to: string,
  access: { readonly source?: SkopeoAccess; readonly target?: SkopeoAccess } = {},
): Promise<{ readonly ok: boolean; readonly stderr: string }> {
  const source = accessFlags(access.source ?? {}, sideFlags("src"));
  const target = accessFlags(access.target ?? {}, sideFlags("dest"));
  const images = [`docker://${from}`, `docker://${to}`];
  const copy = ["--insecure-policy", "copy", "--all", "--preserve-digests", ...source, ...target, ...images];
  const { code, stderr } = await runProgram("skopeo", copy);
  return { ok: code === 0, stderr };
}

type Flags = { readonly verify: string; readonly folder: string; readonly credentials: string };

function sideFlags(side: "src" | "dest"): Flags {
  return { verify: `--${side}-tls-verify=false`, folder: `--${side}-cert-dir`, credentials: `--${side}-creds` };
}

function accessFlags({ certificateFolder, credentials }: SkopeoAccess, flags: Flags): readonly string[] {
  return [
    ...(certificateFolder === undefined ? [flags.verify] : [flags.folder, certificateFolder]),
    ...(credentials === undefined ? [] : [flags.credentials, `${credentials.username}:${credentials.password}`]),
  ];
}
