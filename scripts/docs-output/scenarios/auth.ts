import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { startGoogleServices } from "../../../test/support/google/services.ts";
import type { Scenario } from "../scenario.ts";

/** Answers like gcloud's helper: only for hosts of Google Cloud, until the property for others is set. */
const GCLOUD_HELPER = `#!/bin/sh
read -r server
case "$server" in
*.pkg.dev) ;;
*) if ! test -e "$HOME/allowed"; then echo "ERROR: Repository url [https://$server] is not supported" >&2; exit 1; fi ;;
esac
printf '{"Username":"_dcgcloud_token","Secret":"ya29.a-token"}'
`;

const manifest = (host: string, auth: string): string => `version: 1
registries: { ${host}: { auth: ${auth} } }
images: [{ source: "docker.io/library/nginx:1.27.3", target: "${host}/my-project/my-repo/nginx" }]
`;
const [GOOGLE, S3NS] = ["europe-west1-docker.pkg.dev", "u-france-east1-docker.s3nsregistry.fr"];

/** Credential helpers, and the credentials that imgsync finds, with doubles of gcloud's helper and of the metadata server. */
export const auth: Scenario = {
  name: "auth",
  play: async ({ folder, write, run, show }) => {
    // a few milliseconds of the 55 minutes have passed
    show("54 minutes left", "55 minutes left");
    await write("bin/docker-credential-gcloud", GCLOUD_HELPER);
    await chmod(join(folder, "bin/docker-credential-gcloud"), 0o700);
    const services = await startGoogleServices({ lifetime: 3599 });
    const environment = { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, GCE_METADATA_HOST: services.host };
    const withHelper = (args: string): Promise<string> => run(args, { environment });
    try {
      const configure = await withHelper(`auth configure ${GOOGLE}`);
      const refused = await run(`auth configure ${S3NS}`, { environment, stdoutFirst: true });
      await write("allowed", "");
      const allowed = await withHelper(`auth configure ${S3NS}`);
      const explain = await withHelper(`auth explain ${S3NS}/my-project/my-repo/nginx`);
      const json = await run("auth explain ghcr.io --format json");
      await write("images.yaml", manifest(GOOGLE, "{ metadata: true }"));
      const metadata = await withHelper(`auth explain ${GOOGLE} -f images.yaml`);
      await write("key.json", JSON.stringify(services.makeKey()));
      await write("images.yaml", manifest(S3NS, "{ keyFile: key.json }"));
      const universe = await withHelper(`auth explain ${S3NS} -f images.yaml`);
      return { configure, refused, allowed, explain, json, metadata, universe };
    } finally {
      await services.stop();
    }
  },
};
