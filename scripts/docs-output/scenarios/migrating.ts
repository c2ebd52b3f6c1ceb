import { plainImage } from "../../../demo/images.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

const REGSYNC = `version: 1
creds:
  - registry: 127.0.0.1:5001
    tls: disabled
  - registry: 127.0.0.1:5002
    user: '{{env "MIRROR_USER"}}'
    pass: '{{env "MIRROR_PASSWORD"}}'
    tls: disabled
defaults:
  ratelimit: { min: 100, retry: 15m }
  backup: "before-{{.Ref.Tag}}"
sync:
  - source: 127.0.0.1:5001/web
    target: 127.0.0.1:5002/mirror/web
    type: repository
    tags:
      allow: ["1\\\\.2\\\\d\\\\..*", stable]
      deny: [".*-rc.*"]
  - source: 127.0.0.1:5001/tools/cli:2.1
    target: 127.0.0.1:5002/mirror/cli:2.1
    type: image
  - source: 127.0.0.1:5001/tools/cli:2.2
    target: 127.0.0.1:5002/mirror/cli:2.2
    type: image
  - source: 127.0.0.1:5001/tools/cli:2.2
    target: 127.0.0.1:5002/mirror/cli:latest
    type: image
`;

const DIGEST = "sha256:9f5c1a52bb4c3f9b1de0e6a6a2d6f9a5c0f0e5b7d6c1f2a3b4c5d6e7f8091a2b";

/** A short file of each tool. Files without targets get one on the command line. */
const TOOLS: readonly {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly flags?: string;
}[] = [
  {
    name: "skopeo",
    file: "skopeo.yaml",
    flags: "--target registry.example.com/mirror",
    text: `quay.io:
  tls-verify: true
  credentials:
    username: me
    password: secret
  images:
    coreos/etcd: [v3.5.21]
    prometheus/busybox: []
  images-by-tag-regex:
    prometheus/prometheus: ^v3\\.\\d+\\.\\d+$
  images-by-semver:
    cilium/cilium: ">= 1.16"
`,
  },
  {
    name: "list",
    file: "images.txt",
    flags: "--target registry.example.com/mirror --paths scoped",
    text: `# base images
docker pull alpine:3.22
nginx
--platform=linux/arm64 redis:8
quay.io/prometheus/busybox@${DIGEST}
`,
  },
  {
    name: "kubernetes",
    file: "deployment.yaml",
    flags: "--target registry.example.com/mirror",
    text: `apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers:
        - image: busybox:1.37
      containers:
        - image: ghcr.io/example/app:v3
`,
  },
  {
    name: "image-syncer",
    file: "images.json",
    text: `{
  "quay.io/coreos/etcd:v3.5.21,v3.6.0": ["registry.example.com/mirror/etcd", "other.example.com/etcd"],
  "quay.io/prometheus/prometheus:/^v3\\\\./": "registry.example.com/mirror/prometheus",
  "docker.io/library/alpine": "registry.example.com/mirror/alpine"
}
`,
  },
  {
    name: "gardener",
    file: "gardener.yaml",
    text: `images:
  - source: alpine
    destination: registry.example.com/3rd/alpine
    tags: [3.21.0, 3.22.0]
`,
  },
  {
    name: "sinker",
    file: ".images.yaml",
    text: `target: { host: registry.example.com, repository: mirror }
sources:
  - repository: coreos/etcd
    host: quay.io
    tag: v3.5.21
`,
  },
  {
    name: "dregsy",
    file: "dregsy.yaml",
    text: `relay: skopeo
tasks:
  - name: etcd
    interval: 60
    source: { registry: quay.io }
    target: { registry: registry.example.com, auth: eyJ1c2VybmFtZSI6ICJtZSJ9 }
    mappings:
      - from: coreos/etcd
        to: mirror/etcd
        platform: all
        tags: ["v3.5.21", "semver: >=3.6.0 <4.0.0", "keep: !.*-rc.*"]
`,
  },
  {
    name: "kpromo",
    file: "promoter-manifest.yaml",
    text: `registries:
  - { name: gcr.io/staging, src: true }
  - { name: europe-docker.pkg.dev/prod/images, service-account: promoter@prod.iam.gserviceaccount.com }
images:
  - name: app
    dmap:
      "${DIGEST}": ["v1.0", "latest"]
`,
  },
  {
    name: "oc-mirror",
    file: "imageset.yaml",
    flags: "--target registry.example.com/mirror",
    text: `kind: ImageSetConfiguration
apiVersion: mirror.openshift.io/v2alpha1
mirror:
  additionalImages:
    - name: registry.redhat.io/ubi9/ubi:latest
  operators:
    - catalog: registry.redhat.io/redhat/redhat-operator-index:v4.20
`,
  },
];

/** Files of other tools, converted by imgsync import. */
export const migrating: Scenario = {
  name: "migrating",
  play: async (stage) => ({ ...(await playRegsync(stage)), ...(await playTools(stage)) }),
};

async function playRegsync({ upstream, write, read, run }: Stage): Promise<Readonly<Record<string, string>>> {
  for (const [at, tag] of ["1.28.0", "1.28.1", "1.29.0-rc1", "stable"].entries())
    upstream.putImage("web", tag, plainImage(at));
  for (const [at, tag] of ["2.1", "2.2"].entries()) upstream.putImage("tools/cli", tag, plainImage(5 + at));
  await write("regsync.yml", REGSYNC);
  const foreign = await run("validate --file regsync.yml");
  const imported = await run("import regsync.yml --output images.yaml");
  const manifest = await read("images.yaml");
  const plan = await run("plan");
  const apply = await run("apply --yes");
  const check = await run("import --check regsync.yml images.yaml");
  await write("images.yaml", manifest.replace("        exclude:\n          regex: .*-rc.*\n", ""));
  const differs = await run("import --check regsync.yml images.yaml");
  await write("tags.json", '{ "127.0.0.1:5001/web": ["1.28.0", "1.30.0"] }\n');
  await write("images.yaml", manifest);
  const recorded = await run("import --check regsync.yml images.yaml --tags tags.json");
  return {
    "regsync-file": REGSYNC,
    regsync: imported,
    "regsync-manifest": manifest,
    plan,
    apply,
    check,
    differs,
    recorded,
    foreign,
  };
}

async function playTools({ write, read, run }: Stage): Promise<Readonly<Record<string, string>>> {
  const blocks: Record<string, string> = {};
  for (const { name, file, text, flags } of TOOLS) {
    await write(file, text);
    blocks[`${name}-file`] = text;
    const words = flags === undefined ? file : `${file} ${flags}`;
    blocks[name] = await run(`import ${words} --output ${name}-images.yaml`, {
      command: `imgsync import ${words} > images.yaml`,
    });
    blocks[`${name}-manifest`] = await read(`${name}-images.yaml`);
    const checked = await run(`validate --file ${name}-images.yaml`);
    if (!checked.includes("valid: ")) throw new Error(`the manifest made from ${file} is not valid: ${checked}`);
  }
  return blocks;
}
