import { join } from "node:path";
import { rolldown } from "rolldown";
import { startFaster } from "../build/start-faster.ts";
import { bundledPackages, type Package, thirdPartyLicenses } from "../third-party-licenses.ts";

/** The whole command line in one module, for an executable, and what is in it. */
export type Bundle = { readonly code: string; readonly packages: readonly Package[]; readonly licenses: string };

const ENTRY = "imgsync:executable";

/** Bundles the command line. In an executable, nothing can be loaded from a file, so there is only one module. */
export async function bundleProgram(root: string): Promise<Bundle> {
  const main = JSON.stringify(join(root, "src", "cli", "main.ts"));
  const bundle = await rolldown({
    input: ENTRY,
    cwd: root,
    platform: "node",
    tsconfig: false,
    logLevel: "warn",
    plugins: [
      startFaster,
      {
        name: "entry",
        resolveId: (id) => (id === ENTRY ? id : undefined),
        load: (id) => (id === ENTRY ? `import { main } from ${main};\nvoid main(process.argv.slice(2));\n` : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm", minify: "dce-only", codeSplitting: false });
  await bundle.close();
  const [chunk, ...others] = output;
  if (others.length > 0) throw new Error(`the bundle has ${output.length} files, and not one`);
  const packages = await bundledPackages(chunk.moduleIds);
  return { code: chunk.code, packages, licenses: thirdPartyLicenses(packages) };
}
