import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../support/cli.ts";
import type { EmbeddedRegistry } from "../../support/embedded-registry/registry.ts";
import { smallImage } from "../../support/images.ts";
import type { createScope } from "../../support/scope.ts";

export type Machine = {
  /** The command line of an example, with this machine's folders in place of those that it names. */
  readonly words: (words: readonly string[]) => readonly string[];
  /** This machine's folder for a path that an example mounts. */
  readonly place: (path: string) => string;
  readonly cwd: string;
  readonly target: EmbeddedRegistry;
};

export type MachineOptions = {
  /** The example's folder with images.yaml. */
  readonly config: string;
  /** The example's folder with config.json. */
  readonly credentials: string;
};

/**
 * Prepares what an example needs to run: a manifest and Docker's config.json in the folders that it mounts, behind the links that
 * Kubernetes creates for a ConfigMap and a Secret, and a target that requires the password in that file.
 */
export async function prepareMachine(
  { registry, onEnd }: ReturnType<typeof createScope>,
  { config, credentials }: MachineOptions,
): Promise<Machine> {
  const source = await registry();
  source.putImage("app", "v1", smallImage(1));
  const target = await registry({ auth: { kind: "basic", users: { mirror: "s3cret" } } });
  const folder = await makeFolder();
  onEnd(folder.remove);
  const place = (path: string): string => join(folder.path, path);
  const auth = Buffer.from("mirror:s3cret").toString("base64");
  await mountLikeKubernetes(place(config), {
    "images.yaml": `version: 1
registries: { "${source.host}": { plainHttp: true }, "${target.host}": { plainHttp: true } }
images: [{ source: "${source.host}/app:v1", target: "${target.host}/copy" }]
`,
  });
  await mountLikeKubernetes(place(credentials), {
    "config.json": JSON.stringify({ auths: { [target.host]: { auth } } }),
  });
  const words = (all: readonly string[]): readonly string[] =>
    all.map((word) => (word.startsWith(`${config}/`) ? place(word) : word.replace("0.0.0.0:8080", "127.0.0.1:0")));
  return { words, place, cwd: folder.path, target };
}

/** Makes NAME a link to ..data/NAME, and ..data a link to a folder with a timestamp in its name. */
async function mountLikeKubernetes(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const version = "..2026_01_01_00_00_00.1";
  await mkdir(join(folder, version), { recursive: true });
  await symlink(version, join(folder, "..data"));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, version, name), text);
    await symlink(join("..data", name), join(folder, name));
  }
}
