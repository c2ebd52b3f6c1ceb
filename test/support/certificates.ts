import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgramOk } from "./programs.ts";

export type CertificatePair = {
  readonly certificate: string;
  readonly key: string;
  readonly certificateFile: string;
  readonly keyFile: string;
};

/** PEM texts and the files that contain them. */
export type Certificates = {
  readonly ca: string;
  readonly caFile: string;
  /** For 127.0.0.1, localhost and the given names. */
  readonly server: CertificatePair;
  readonly client: CertificatePair;
  /** A folder in the form of Docker's `certs.d/HOST`: `ca.crt`, `client.cert`, `client.key`. */
  readonly folder: string;
  readonly remove: () => Promise<void>;
};

const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"] as const;

/** Creates a temporary CA with a server and a client certificate, using the openssl program. */
export async function makeCertificates(names: readonly string[] = []): Promise<Certificates> {
  const root = await mkdtemp(join(tmpdir(), "imgsync-certificates-"));
  const folder = join(root, "host");
  await mkdir(folder);
  const caFile = join(folder, "ca.crt");
  const caKeyFile = join(root, "ca-key.pem");
  const subject = ["-subj", "/CN=imgsync test CA", "-days", "2"];
  await runProgramOk("openssl", ["req", "-x509", ...CURVE, ...subject, "-keyout", caKeyFile, "-out", caFile]);
  const authority = { caFile, caKeyFile };
  const alternatives = ["IP:127.0.0.1", ...["localhost", ...names].map((name) => `DNS:${name}`)];
  const server = await issue(authority, {
    name: "localhost",
    certificateFile: join(root, "server.pem"),
    keyFile: join(root, "server-key.pem"),
    extensions: `subjectAltName=${alternatives.join(",")}\nextendedKeyUsage=serverAuth\n`,
  });
  const client = await issue(authority, {
    name: "imgsync test client",
    certificateFile: join(folder, "client.cert"),
    keyFile: join(folder, "client.key"),
    extensions: "extendedKeyUsage=clientAuth\n",
  });
  const remove = (): Promise<void> => rm(root, { recursive: true, force: true });
  return { ca: await readFile(caFile, "utf8"), caFile, server, client, folder, remove };
}

type Request = {
  readonly name: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly extensions: string;
};

async function issue(
  { caFile, caKeyFile }: { readonly caFile: string; readonly caKeyFile: string },
  { name, certificateFile, keyFile, extensions }: Request,
): Promise<CertificatePair> {
  const requestFile = `${caKeyFile}.csr`;
  const extensionFile = `${caKeyFile}.ext`;
  await writeFile(extensionFile, extensions);
  await runProgramOk("openssl", [
    "req",
    "-new",
    ...CURVE,
    "-subj",
    `/CN=${name}`,
    "-keyout",
    keyFile,
    "-out",
    requestFile,
  ]);
  const authority = ["-CA", caFile, "-CAkey", caKeyFile, "-CAcreateserial", "-CAserial", `${caKeyFile}.srl`];
  const output = ["-days", "2", "-extfile", extensionFile, "-out", certificateFile];
  await runProgramOk("openssl", ["x509", "-req", "-in", requestFile, ...authority, ...output]);
  const [certificate, key] = await Promise.all([readFile(certificateFile, "utf8"), readFile(keyFile, "utf8")]);
  return { certificate, key, certificateFile, keyFile };
}
