import type { CheckGroup } from "../../src/model/check.ts";
import { DOCTOR_FORMATS } from "../../src/reporters/doctor-report.ts";
import { MIRROR, STYLE } from "./samples.ts";
import type { Scene } from "./screens.ts";

const HOST = "u-france-east1-docker.s3nsregistry.fr";

const GROUPS: readonly CheckGroup[] = [
  {
    about: "this machine",
    checks: [
      { name: "docker", status: "ok", message: "29.0.2, and its daemon answers" },
      { name: "docker-credential-ecr-login", status: "problem", message: "not on the PATH", hint: "install it" },
      { name: "crictl", status: "ok", message: "not installed; only needed by imgsync pull on nodes" },
    ],
  },
  {
    about: `${MIRROR}/nginx (write)`,
    checks: [
      {
        name: "credentials",
        status: "ok",
        message:
          "from IMGSYNC_USERNAME_U__FRANCE__EAST1__DOCKER_S3NSREGISTRY_FR; an access token, valid for at most 60 minutes",
      },
      {
        name: "docker's own",
        status: "warning",
        message: `~/.docker/config.json has nothing for ${HOST}`,
        hint: `imgsync auth configure ${HOST}`,
      },
      { name: "reachable", status: "ok", message: `${HOST} answers` },
      {
        name: "write",
        status: "problem",
        message: "the repository my-project/my-repo does not exist in u-france-east1",
        hint: "gcloud artifacts repositories create my-repo --repository-format=docker --project=my-project --location=u-france-east1 --universe-domain=s3nsapis.fr",
      },
    ],
  },
];

export const doctor: Scene = (columns) =>
  Promise.resolve(`$ imgsync doctor\n${DOCTOR_FORMATS.text(GROUPS, { style: STYLE, columns })}`);
