import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { makeFolder } from "./cli.ts";
import { runProgram } from "./programs.ts";
import { tar } from "./tar.ts";

export type Podman = {
  /** Selects its images for podman. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs it and returns its output. Throws its message if it fails. */
  readonly podman: (...args: readonly string[]) => Promise<string>;
  readonly importImage: (name: string, content: string | Uint8Array) => Promise<string>;
  /** Speaks plain http to a registry. */
  readonly allowPlainHttp: (host: string) => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** Prepares a place for podman's images and settings in a temporary folder. podman has no daemon. */
export async function preparePodman(): Promise<Podman> {
  const home = await makeFolder();
  const storage = { driver: "vfs", graphroot: join(home.path, "graph"), runroot: join(home.path, "runroot") };
  const lines = Object.entries(storage).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  await home.write("storage.conf", `[storage]\n${lines.join("\n")}\n`);
  const engine = {
    events_logger: "file",
    events_logfile_path: join(home.path, "events.log"),
    // Docker's, which also runs where controllers of cgroups are in both hierarchies: Debian's crun refuses that
    runtime: "runc",
  };
  const engineLines = Object.entries(engine).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  await home.write("containers.conf", `[engine]\n${engineLines.join("\n")}\n`);
  const environment = {
    CONTAINERS_STORAGE_CONF: join(home.path, "storage.conf"),
    CONTAINERS_REGISTRIES_CONF: join(home.path, "registries.conf"),
    CONTAINERS_CONF: join(home.path, "containers.conf"),
  };
  const podman = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram("podman", args, {
      env: { ...environment, HOME: home.path, XDG_RUNTIME_DIR: home.path },
    });
    assert.equal(code, 0, stderr);
    return Buffer.from(stdout).toString("utf8").trim();
  };
  return {
    environment,
    podman,
    importImage: async (name, content) => {
      const file = join(home.path, "image.tar");
      await writeFile(file, tar({ content }));
      return podman("import", file, name);
    },
    allowPlainHttp: (host) => home.write("registries.conf", `[[registry]]\nlocation = "${host}"\ninsecure = true\n`),
    remove: home.remove,
  };
}
