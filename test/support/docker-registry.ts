import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Certificates } from "./certificates.ts";
import { startDaemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import { findProgram, runProgramOk } from "./programs.ts";

export type DockerRegistryOptions = {
  /** Uses https; `client`: requires a client certificate of the same CA. */
  readonly tls?: { readonly certificates: Certificates; readonly client?: boolean };
  /** Requires Basic credentials. */
  readonly htpasswd?: { readonly username: string; readonly password: string };
  /** Default true. */
  readonly deleteEnabled?: boolean;
};

export type DockerRegistry = {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Stops the program and removes its data. */
  readonly stop: () => Promise<void>;
  /** Runs the program's own garbage-collect, which removes everything without a manifest from the disk. */
  readonly collectGarbage: () => Promise<void>;
};

const ATTEMPTS = 3;

/** Starts the real docker-registry on a free port of 127.0.0.1, with its storage in a temporary folder. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const program = findProgram("docker-registry");
  if (program === undefined) throw new Error("docker-registry is not on the PATH");
  const folder = await mkdtemp(join(tmpdir(), "imgsync-registry-"));
  try {
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      const file = join(folder, "config.yml");
      await writeFile(file, await configuration(folder, port, options));
      // REGISTRY_* variables of the caller would override the configuration
      const daemon = startDaemon([program, "serve", file], { HOME: folder });
      if (await daemon.untilReady(() => isListening(port))) {
        return {
          host: `127.0.0.1:${port}`,
          stop: async () => {
            await daemon.end();
            await rm(folder, { recursive: true, force: true });
          },
          collectGarbage: async () => void (await runProgramOk("docker-registry", ["garbage-collect", file])),
        };
      }
      await daemon.end();
      // Another program may have taken the port in the meantime; the rest of the configuration is the same each time.
      if (attempt === ATTEMPTS) throw new Error(`docker-registry did not start: ${daemon.log()}`);
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function configuration(
  folder: string,
  port: number,
  { tls, htpasswd, deleteEnabled = true }: DockerRegistryOptions,
): Promise<string> {
  const lines = [
    "version: 0.1",
    "log: { level: error, accesslog: { disabled: true } }",
    "storage:",
    `  filesystem: { rootdirectory: ${JSON.stringify(join(folder, "data"))} }`,
    `  delete: { enabled: ${String(deleteEnabled)} }`,
    "http:",
    `  addr: "127.0.0.1:${port}"`,
    `  secret: imgsync-test`,
  ];
  if (tls !== undefined) {
    const { server, caFile } = tls.certificates;
    const clients = tls.client === true ? `, clientcas: [${JSON.stringify(caFile)}]` : "";
    const files = `certificate: ${JSON.stringify(server.certificateFile)}, key: ${JSON.stringify(server.keyFile)}`;
    lines.push(`  tls: { ${files}${clients} }`);
  }
  if (htpasswd !== undefined) {
    const path = join(folder, "htpasswd");
    const { stdout } = await runProgramOk("htpasswd", ["-Bbn", htpasswd.username, htpasswd.password]);
    await writeFile(path, stdout);
    lines.push(`auth: { htpasswd: { realm: test, path: ${JSON.stringify(path)} } }`);
  }
  return `${lines.join("\n")}\n`;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const settle = (yes: boolean) => (): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("connect", settle(true));
    socket.once("error", settle(false));
  });
}
