import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { runProgramOk } from "../../support/programs.ts";

/** A registry for npm and Deno on this machine that has one version of one package. */
export type NpmRegistry = { readonly url: string; readonly stop: () => Promise<void> };

/** Serves a tarball of `npm pack` in the way that clients install it: the package's document, and the tarball. */
export async function startNpmRegistry(folder: string, file: string): Promise<NpmRegistry> {
  const tarball = await readFile(join(folder, file));
  const { stdout } = await runProgramOk("tar", ["-xzOf", join(folder, file), "package/package.json"]);
  const manifest = JSON.parse(Buffer.from(stdout).toString());
  const { name, version } = manifest;
  const server = createServer((request, response) => {
    const { port } = server.address() as { readonly port: number };
    if (request.url === `/${name}/-/${file}`) {
      response.end(tarball);
      return;
    }
    if (request.url !== `/${name}`) {
      response.writeHead(404).end("{}");
      return;
    }
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const dist = { tarball: `http://127.0.0.1:${port}/${name}/-/${file}`, integrity };
    const document = {
      name,
      "dist-tags": { latest: version },
      versions: { [version]: { ...manifest, dist } },
      time: { [version]: "2026-01-01T00:00:00.000Z" },
    };
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
