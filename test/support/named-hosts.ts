import { randomInt } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificates, makeCertificates } from "./certificates.ts";

export type CommandLine = readonly [command: string, ...args: string[]];

/** Returns the command changed so that it runs with other host names, or unchanged. */
export type Enter = (command: CommandLine) => CommandLine;

/** Runs the command unchanged. */
export const stay: Enter = (command) => command;

/** Real host names that resolve to this machine, for programs that are started with `enter`. */
export type NamedHosts = {
  /** Port 443 at an address that only this run uses, for the server of a name. */
  readonly listenAt: (name: string) => { readonly address: string; readonly port: number };
  readonly certificates: Certificates;
  /** The TLS options of `listen`. */
  readonly tls: { readonly key: string; readonly certificate: string };
  /** Runs the command in a mount namespace with its own /etc/hosts. */
  readonly enter: Enter;
  /** Makes Go, Node and Deno programs trust the certificates. */
  readonly environment: Readonly<Record<string, string>>;
  readonly remove: () => Promise<void>;
};

const SCRIPT = 'mount --bind "$0" /etc/hosts && exec "$@"';

/** Gives each name a loopback address that no other test uses at the same time. Must run as root. */
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

/** A random address in 127.64.0.0/10, so that two runs collide once in millions. */
function loopbackAddress(): string {
  return `127.${randomInt(64, 128)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
}
