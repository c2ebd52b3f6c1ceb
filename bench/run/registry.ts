import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDaemon } from "../../test/support/daemon.ts";
import { freePort } from "../../test/support/free-port.ts";
import { findProgram } from "../../test/support/programs.ts";
import { createStorage, type Storage } from "./storage.ts";

export type BenchRegistry = {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly storage: Storage;
  /** Stops the program and removes its storage. */
  readonly stop: () => Promise<void>;
};

/** Starts docker-registry on loopback. `fill` writes its storage before it starts. */
export async function startRegistry(fill?: (storage: Storage) => Promise<void>): Promise<BenchRegistry> {
  const program = findProgram("docker-registry");
  if (program === undefined) throw new Error("docker-registry is not on the PATH: run npm test once, or install it");
  const folder = await mkdtemp(join(tmpdir(), "imgsync-bench-registry-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const storage = createStorage(join(folder, "data"));
    await fill?.(storage);
    const port = await freePort();
    const file = join(folder, "config.yml");
    await writeFile(file, configuration(storage.folder, port));
    const daemon = startDaemon([program, "serve", file], { HOME: folder });
    if (!(await daemon.untilReady(() => isListening(port))))
      throw new Error(`docker-registry did not start: ${daemon.log()}`);
    const stop = async (): Promise<void> => {
      await daemon.end();
      await remove();
    };
    return { host: `127.0.0.1:${port}`, storage, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

function configuration(data: string, port: number): string {
  return [
    "version: 0.1",
    "log: { level: error, accesslog: { disabled: true } }",
    `storage: { filesystem: { rootdirectory: ${JSON.stringify(data)}, maxthreads: 100 }, delete: { enabled: true } }`,
    `http: { addr: "127.0.0.1:${port}", secret: imgsync-bench }`,
    "",
  ].join("\n");
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
