import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { defined } from "../../src/model/defined.ts";
import type { Certificates } from "./certificates.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { type Enter, stay } from "./named-hosts.ts";
import { findProgram, runProgram, SID_FOLDER } from "./programs.ts";
import { tar } from "./tar.ts";

export type Dockerd = {
  /** `unix:///…` for DOCKER_HOST. */
  readonly host: string;
  /** The folder of the docker that belongs to it, for the PATH. */
  readonly path: string;
  /** Runs the docker command line against it and returns its output. Throws its message if it fails. */
  readonly docker: (...args: readonly string[]) => Promise<string>;
  /** Every name of every image. */
  readonly images: () => Promise<readonly string[]>;
  /** Creates an image with one file and returns its ID. */
  readonly importImage: (name: string, content: string | Uint8Array) => Promise<string>;
  /** Restarts the daemon with its data; resolves when it answers. */
  readonly restart: () => Promise<void>;
  /** Stops the daemon and removes its data. */
  readonly stop: () => Promise<void>;
};

/** Docker's own image store, or containerd's, which newer versions of docker have. */
export type ImageStore = "classic" | "containerd";

export type DockerdOptions = {
  readonly store?: ImageStore;
  /** Runs the daemon with other host names than this machine's. */
  readonly enter?: Enter;
  readonly environment?: Readonly<Record<string, string>>;
  /** The daemon also listens on this port of 127.0.0.1, for clients with a certificate of the same CA. */
  readonly secureHost?: { readonly port: number; readonly certificates: Certificates };
};

/** Has no network and no storage driver that needs kernel support, so that it runs in most containers too. */
const CONFIGURATION = {
  iptables: false,
  bridge: "none",
  "insecure-registries": ["127.0.0.0/8"],
};

const STORES = {
  classic: { "storage-driver": "vfs" },
  containerd: { "storage-driver": "native", features: { "containerd-snapshotter": true }, ip6tables: false },
} as const;

/** Starts the real Docker daemon, with all its data in a temporary folder. Must run as root. */
export async function startDockerd({
  store = "classic",
  enter = stay,
  environment = {},
  secureHost,
}: DockerdOptions = {}): Promise<Dockerd> {
  const folder = await mkdtemp(join(tmpdir(), "imgsync-dockerd-"));
  const host = `unix://${join(folder, "docker.sock")}`;
  const path = searchPath(store);
  const options = { folder, host, store, path, enter, environment, ...defined({ secureHost }) };
  let daemon = await launch(options);
  const stop = async (): Promise<void> => {
    await daemon.end();
    await rm(folder, { recursive: true, force: true });
  };
  const env = { DOCKER_HOST: host, HOME: folder, PATH: path };
  const client = store === "classic" ? "docker" : join(SID_FOLDER, "usr", "bin", "docker");
  const docker = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(client, args, { env });
    if (code !== 0) throw new Error(`docker ${args.join(" ")}: ${stderr.trim()}`);
    return Buffer.from(stdout).toString("utf8").trim();
  };
  const untilReady = async (): Promise<void> => {
    if (await daemon.untilReady(async () => (await runProgram(client, ["version"], { env })).code === 0)) return;
    await stop();
    throw new Error(`dockerd did not start:\n${daemon.log()}`);
  };
  await untilReady();
  return {
    host,
    path,
    docker,
    images: async () => {
      const format = "{{.Repository}}:{{.Tag}} {{.Digest}} {{.ID}}";
      const lines = await docker("image", "ls", "--all", "--digests", "--format", format);
      return lines.split("\n").toSorted();
    },
    importImage: async (name, content) => {
      const file = join(folder, "image.tar");
      await writeFile(file, tar({ content }));
      return docker("import", file, name);
    },
    restart: async () => {
      await daemon.end();
      daemon = await launch(options);
      await untilReady();
    },
    stop,
  };
}

/** The docker of the newer Debian must find its own containerd and client first. */
function searchPath(store: ImageStore): string {
  const own = store === "classic" ? [] : ["bin", "sbin"].map((name) => join(SID_FOLDER, "usr", name));
  return [...own, process.env["PATH"] ?? ""].join(delimiter);
}

type Launch = { readonly folder: string; readonly host: string; readonly path: string } & DockerdOptions &
  Required<Omit<DockerdOptions, "secureHost">>;

async function launch({ folder, host, store, path, enter, environment, secureHost }: Launch): Promise<Daemon> {
  const program = findProgram(store === "classic" ? "dockerd" : "containerd-store");
  if (program === undefined) throw new Error("dockerd is not on the PATH");
  const file = join(folder, "daemon.json");
  const secure = secureHost === undefined ? {} : secureSettings(secureHost.certificates);
  await writeFile(file, JSON.stringify({ ...CONFIGURATION, ...STORES[store], ...secure }));
  const places = { "--data-root": "data", "--exec-root": "exec", "--pidfile": "pid" };
  const args = Object.entries(places).flatMap(([flag, name]) => [flag, join(folder, name)]);
  const hosts = secureHost === undefined ? [host] : [host, `tcp://127.0.0.1:${secureHost.port}`];
  const listen = hosts.flatMap((one) => ["--host", one]);
  const command = enter([program, "--config-file", file, ...listen, ...args]);
  return startDaemon(command, { PATH: path, HOME: folder, ...environment });
}

function secureSettings({ caFile, server }: Certificates) {
  return { tlsverify: true, tlscacert: caFile, tlscert: server.certificateFile, tlskey: server.keyFile };
}
