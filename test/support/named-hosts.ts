import { randomInt } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificates, makeCertificates } from "./certificates.ts";

export type CommandLine = readonly [command: string, ...args: string[]];

/** The same command where names lead elsewhere; or unchanged. */
export type Enter = (command: CommandLine) => CommandLine;

/** On this machine as it is. */
export const stay: Enter = (command) => command;

/** Real host names that lead to this machine, for programs that are started with `enter`. */
export type NamedHosts = {
  /** 443 at an address of this run alone, for servers that stand for the names. */
  readonly listenAt: (name: string) => { readonly address: string; readonly port: number };
  readonly certificates: Certificates;
  /** What `listen` takes. */
  readonly tls: { readonly key: string; readonly certificate: string };
  /** Runs in a mount namespace with an /etc/hosts of its own; the machine's is not touched. */
  readonly enter: Enter;
  /** Makes programs of Go, Node and Deno trust the certificates. */
  readonly environment: Readonly<Record<string, string>>;
  readonly remove: () => Promise<void>;
};

const SCRIPT = 'mount --bind "$0" /etc/hosts && exec "$@"';

/** Each name gets a loopback address that no other test uses at the same time. Wants to be root. */
export async function nameHosts(names: readonly string[]): Promise<NamedHosts> {
  const folder = await mkdtemp(join(tmpdir(), "imgsync-hosts-"));
  const addresses = new Map(names.map((name) => [name, loopbackAddress()]));
  const file = join(folder, "hosts");
  const lines = [...addresses].map(([name, address]) => `${address} ${name}\n`);
  await writeFile(file, (await readFile("/etc/hosts", "utf8")) + lines.join(""));
  const certificates = await makeCertificates(names);
  const { server, ca, caFile } = certificates;
  return {
    certificates,
    tls: { key: server.key, certificate: server.certificate + ca },
    listenAt: (name) => {
      const address = addresses.get(name);
      if (address === undefined) throw new Error(`"${name}" has no address`);
      return { address, port: 443 };
    },
    enter: ([command, ...args]) => ["unshare", "--mount", "sh", "-c", SCRIPT, file, command, ...args],
    environment: { SSL_CERT_FILE: caFile, NODE_EXTRA_CA_CERTS: caFile, DENO_CERT: caFile },
    remove: async () => {
      await certificates.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Of 127.64.0.0/10, drawn at random: two runs meet once in millions. */
function loopbackAddress(): string {
  return `127.${randomInt(64, 128)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
}
