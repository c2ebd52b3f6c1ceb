import { smallImage } from "../../support/images.ts";
import { makeFolder } from "../../support/cli.ts";
import type { createScope } from "../../support/scope.ts";

/** A registry with `app:v1`, and a clean folder with a manifest that copies it to `copy:v1`. */
export async function prepareWorld({ registry: start, onEnd }: ReturnType<typeof createScope>) {
  const registry = await start();
  registry.putImage("app", "v1", smallImage(1));
  const folder = await makeFolder({
    "images.yaml": `version: 1\nregistries: { ${registry.host}: { plainHttp: true } }\nimages: [{ source: "${registry.host}/app:v1", target: ${registry.host}/copy }]\n`,
  });
  onEnd(folder.remove);
  return { registry, folder };
}
