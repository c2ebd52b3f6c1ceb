import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { recogniseFormat } from "../../src/foreign/import-files.ts";
import { readForeignText } from "../../src/foreign/items/read-file.ts";
import { entriesOf, imported, notesOf, type Options, TARGET } from "./support.ts";

const D1 = `sha256:${"1".repeat(64)}`;
const D2 = `sha256:${"2".repeat(64)}`;

type Case = {
  readonly format: string;
  readonly text: string;
  readonly options?: Options;
  readonly entries: readonly string[];
  readonly notes?: readonly string[];
};

const CASES: readonly Case[] = [
  {
    format: "regsync",
    text: `
creds: [{ registry: docker.io, user: me, pass: hunter2 }]
defaults: { backup: "old-{{.Ref.Tag}}", parallel: 4 }
x-all: &all { allow: [latest, 'v1\\.2', 3.1, "", "v[0-9]+"] }
sync:
  - { source: busybox:1.2, target: "reg.io/busybox", type: image }
  - { source: "alpine@${D1}", target: "reg.io/alpine:3", type: image, referrers: true }
  - { source: ghcr.io/a/b, target: reg.io/b, type: repository, tags: { <<: *all, deny: ['v9', 'latest'] } }
  - { source: ghcr.io/a/c, target: reg.io/c, type: repository, tagSets: [{ semverRange: ["=1.2", ""] }], schedule: "0 5 * * *" }
  - { source: "ocidir://images/app:1", target: "reg.io/app:1", type: image }
`,
    entries: [
      'docker.io/library/busybox -> reg.io/busybox: 1.2 as latest {"backup":"old-{tag}"}',
      `docker.io/library/alpine -> reg.io/alpine: ${D1} as 3 {"backup":"old-{tag}"}`,
      'ghcr.io/a/b -> reg.io/b: v1.2, 3.1, {"regex":"v[0-9]+","exclude":[{"regex":"v9"},{"regex":"latest"}]} {"backup":"old-{tag}","isOptional":true}',
      'ghcr.io/a/c -> reg.io/c: {"semver":"1.2.0","loose":true,"prerelease":true} {"backup":"old-{tag}","schedule":"0 5 * * *","isOptional":true}',
      'oci:images/app -> reg.io/app: 1 {"backup":"old-{tag}"}',
    ],
    notes: [
      "note 2: the credentials for docker.io",
      "note 3: parallel",
      "note 8: that a dot matches any character in 3.1",
    ],
  },
  {
    format: "skopeo",
    text: `
quay.io:
  credentials: { username: me, password: hunter2 }
  tls-verify: false
  images:
    coreos/etcd: [v3.5, "${D1}"]
    org/all: []
  images-by-tag-regex: { org/nginx: '^1\\.25\\.\\d+$', org/any: rc }
  images-by-semver: { org/alpine: ">= 3.12", org/b: "1.0 - 2.1-rc1 || !=3" }
docker.io:
  images: { library/nginx: [1.27] }
`,
    options: { target: TARGET },
    entries: [
      `quay.io/coreos/etcd -> ${TARGET}/etcd: v3.5, ${D1} as digest-111111111111`,
      `quay.io/org/all -> ${TARGET}/all: {"glob":"*"} {"isOptional":true}`,
      `quay.io/org/nginx -> ${TARGET}/nginx: {"regex":"1\\\\.25\\\\.\\\\d+"} {"isOptional":true}`,
      `quay.io/org/any -> ${TARGET}/any: {"regex":".*rc.*"} {"isOptional":true}`,
      `quay.io/org/alpine -> ${TARGET}/alpine: {"semver":">=3.12.0","loose":true} {"isOptional":true}`,
      `quay.io/org/b -> ${TARGET}/b: {"semver":"<3.0.0 || >=4.0.0","loose":true}, {"semver":">=1.0.0 <2.2.0-0","loose":true,"prerelease":true} {"isOptional":true}`,
      `docker.io/library/nginx -> ${TARGET}/nginx: 1.27`,
    ],
    notes: [
      "note 3: the credentials for quay.io",
      "note 4: tls-verify: false for quay.io",
      "note 6: a digest without a tag, which gets the tag digest-111111111111",
    ],
  },
  {
    format: "image-syncer",
    text: `
quay.io/a/b: reg.cn/x/b
quay.io/a/b:v1,v2: ["reg.cn/y/b:n1,n2", reg.cn/z/b]
quay.io/a/c:/^v1\\..*/: reg.cn/x/c
quay.io/a/d@${D1}: $REG/x/d:pinned
nginx:1.2,1.3: reg.cn/x/nginx
bitnami/redis: reg.cn/x/redis
quay.io/a/e:v1,v2: reg.cn/x/e:n1
quay.io/a/f:v1: reg.cn/x/f@${D1}
quay.io/a/g@${D1}: reg.cn/x/g:ignored@${D1}
quay.io/a/h:v1,${D2}: reg.cn/x/h
`,
    entries: [
      'quay.io/a/b -> reg.cn/x/b: {"glob":"*"} {"isOptional":true}',
      "quay.io/a/b -> reg.cn/y/b: v1 as n1, v2 as n2",
      "quay.io/a/b -> reg.cn/z/b: v1, v2",
      'quay.io/a/c -> reg.cn/x/c: {"regex":"v1\\\\..*"} {"isOptional":true}',
      `quay.io/a/d -> \${REG}/x/d: ${D1} as pinned`,
      "docker.io/library/nginx -> reg.cn/x/nginx: 1.2, 1.3",
      'docker.io/bitnami/redis -> reg.cn/x/redis: {"glob":"*"} {"isOptional":true}',
      `quay.io/a/g -> reg.cn/x/g: ${D1} as digest-111111111111`,
      `quay.io/a/h -> reg.cn/x/h: v1, ${D2} as digest-222222222222`,
    ],
    notes: [
      "lost 8: a target whose tags are not as many as those of its source",
      "lost 9: a target with a digest, which is not a tag to write",
      "note 10: a digest without a tag, which gets the tag digest-111111111111",
      "note 11: a digest without a tag, which gets the tag digest-222222222222",
      "note 5: the value of REG in the environment",
    ],
  },
  {
    format: "image-syncer",
    text: `{"auth": {"reg.local:5000": {"username": "me", "password": "hunter2", "insecure": true}}, "images": {"quay.io/a/b:v1": "reg.local:5000/b"}}`,
    entries: ["quay.io/a/b -> reg.local:5000/b: v1"],
    notes: [
      "note 1: the credentials for reg.local:5000",
      "note 1: insecure: true for reg.local:5000, which also accepts any certificate",
    ],
  },
  {
    format: "image-syncer",
    text: "auth: {}\nimages:\n  quay.io/a/b:v1:\n  quay.io/a/c:v1: ''\n  quay.io/a/d:v1: []\n  quay.io/a/e:v1: ['']\n",
    entries: [],
    notes: [
      "lost 5: a rule without a target",
      "lost 6: the target of this image: it is missing",
      "lost 3: quay.io/a/b, which has no target",
      "lost 4: quay.io/a/c, which has no target",
    ],
  },
  {
    format: "image-syncer",
    text: `golang:1.26-alpine:\nquay.io/a/b/c:v1,v2:\nquay.io/a/d: ''\nquay.io/a/e@${D1}:\nquay.io/a/f:v1: reg.cn/x/f\n`,
    options: { target: TARGET },
    entries: [
      "docker.io/library/golang -> registry.example.com/mirror/golang: 1.26-alpine",
      "quay.io/a/b/c -> registry.example.com/mirror/c: v1, v2",
      'quay.io/a/d -> registry.example.com/mirror/d: {"glob":"*"} {"isOptional":true}',
      `quay.io/a/e -> registry.example.com/mirror/e: ${D1} as digest-111111111111`,
      "quay.io/a/f -> reg.cn/x/f: v1",
    ],
    notes: ["note 4: a digest without a tag, which gets the tag digest-111111111111"],
  },
  {
    // gopkg.in/yaml.v2 takes the last one
    format: "image-syncer",
    text: "quay.io/a/b:v1: reg.cn/x/b\nquay.io/a/b:v1: reg.cn/y/b\n",
    entries: ["quay.io/a/b -> reg.cn/y/b: v1"],
    notes: ["note 2: a key that occurs again, and counts in place of the one before"],
  },
  {
    format: "image-syncer",
    text: "quay.io/a: { username: me, password: '${SECRET}' }\nreg.io: { username: me, password: hunter2 }\n",
    entries: [],
    notes: ["note 1: the credentials for quay.io", "note 2: the credentials for reg.io"],
  },
  {
    format: "list",
    text: `# our images
docker pull nginx
- quay.io/a/b:v1   # twice
quay.io/a/b:v1
--platform=linux/arm64 redis:7
docker pull --platform linux/amd64 redis:7
ghcr.io/x/y:v2@${D1}
registry.example.com:5000/deep/er/app:1.0
`,
    options: { target: TARGET },
    entries: [
      `docker.io/library/nginx -> ${TARGET}/library/nginx: latest`,
      `quay.io/a/b -> ${TARGET}/a/b: v1`,
      `docker.io/library/redis -> ${TARGET}/library/redis: 7 {"platforms":["linux/arm64","linux/amd64"]}`,
      `ghcr.io/x/y -> ${TARGET}/x/y: ${D1} as v2`,
      `registry.example.com:5000/deep/er/app -> ${TARGET}/deep/er/app: 1.0`,
    ],
  },
  {
    format: "list",
    text: "nginx:1\noci://ghcr.io/a/chart:1.2\noci://ghcr.io/a/chart\n",
    options: { target: TARGET },
    entries: [`docker.io/library/nginx -> ${TARGET}/library/nginx: 1`, `ghcr.io/a/chart -> ${TARGET}/a/chart: 1.2`],
    notes: ["lost 3: a line that is not an image"],
  },
  {
    format: "kubernetes",
    text: `apiVersion: v1
kind: Pod
spec:
  initContainers: [{ image: busybox:1.36 }]
  containers: [{ image: nginx:1.27 }, { image: nginx:1.27 }]
  volumes: [{ name: v, image: { reference: quay.io/a/data:1 } }]
---
---
apiVersion: example.com/v1
kind: Thing
spec: { image: { registry: ghcr.io, repository: x/y, tag: v1 } }
`,
    options: { target: TARGET },
    entries: [
      `docker.io/library/busybox -> ${TARGET}/library/busybox: 1.36`,
      `docker.io/library/nginx -> ${TARGET}/library/nginx: 1.27`,
      `quay.io/a/data -> ${TARGET}/a/data: 1`,
      `ghcr.io/x/y -> ${TARGET}/x/y: v1`,
    ],
  },
  {
    format: "compose",
    text: `services:
  web: { image: "nginx:\${TAG:-1.27}", platform: linux/amd64 }
  db: { image: "\${REGISTRY}/postgres:17" }
  own: { build: ., image: mine:1 }
  same: { image: mine:1 }
  local: { image: "here:1", pull_policy: never }
`,
    options: { target: TARGET },
    entries: [
      `docker.io/library/nginx -> ${TARGET}/library/nginx: \${TAG:-1.27} {"platforms":["linux/amd64"]}`,
      `\${REGISTRY}/postgres -> ${TARGET}/postgres: 17`,
    ],
    notes: [
      "note 4: the image of own, which is built here",
      "note 5: the image of same, which is built here",
      "lost 6: the image of local, which Compose never pulls",
      "note 2: the value of TAG in the environment",
      "note 3: the value of REGISTRY in the environment",
    ],
  },
  {
    format: "compose",
    text: `include: [other.yaml]
services:
  web:
    image: nginx:1
    volumes: [{ type: image, source: "quay.io/a/data:1", target: /d }, { type: image, source: db }, { type: volume, source: v }]
  db: { image: "postgres:17" }
  mail: { extends: { file: mail.yaml, service: smtp } }
  copy: { extends: { service: db } }
---
services:
  late: { image: "redis:8" }
`,
    options: { target: TARGET },
    entries: [
      `quay.io/a/data -> ${TARGET}/a/data: 1`,
      `docker.io/library/nginx -> ${TARGET}/library/nginx: 1`,
      `docker.io/library/postgres -> ${TARGET}/library/postgres: 17`,
      `docker.io/library/redis -> ${TARGET}/library/redis: 8`,
    ],
    notes: [
      "lost 1: the images of included files",
      "lost 7: the image of mail, which extends a service of another file",
    ],
  },
  {
    format: "compose",
    text: `services:
  a: { image: "\${IMAGE:-ghcr.io/a/app}:\${TAG:-1}" }
  b: { image: "\${PREFIX:-}team/b:1" }
  c: { image: "\${PREFIX-reg.io/}c:1" }
  d: { image: "\${ACCOUNT}.dkr.example.com/d:1" }
  e: { image: "\${PREFIX}team/e:1" }
  f: { image: "\${NONE:-}" }
  g: { image: "\${REPOSITORY:-ghcr.io/org}/g:1" }
`,
    options: { target: TARGET },
    entries: [
      `ghcr.io/a/app -> ${TARGET}/a/app: \${TAG:-1}`,
      `docker.io/team/b -> ${TARGET}/team/b: 1`,
      `reg.io/c -> ${TARGET}/c: 1`,
      `\${ACCOUNT}.dkr.example.com/d -> ${TARGET}/d: 1`,
      `ghcr.io/org/g -> ${TARGET}/org/g: 1`,
    ],
    notes: [
      "note 2: the variable IMAGE, in place of which its default is used",
      "note 3: the variable PREFIX, in place of which its default is used",
      "note 4: the variable PREFIX, in place of which its default is used",
      "lost 6: the name of this image: its name is the variable PREFIX: pass --var PREFIX=VALUE to the import",
      "lost 7: the name of this image: the name is empty",
      "note 8: the variable REPOSITORY, in place of which its default is used",
      "note 2: the value of TAG in the environment",
      "note 5: the value of ACCOUNT in the environment",
    ],
  },
  {
    // yq writes `!!merge`
    format: "compose",
    text: `x-base: &base { image: "nginx:1" }
services:
  web:
    !!merge <<: *base
    ports: !override ["80:80"]
  db: { image: !!str postgres:17, environment: !reset null }
`,
    options: { target: TARGET },
    entries: [
      `docker.io/library/nginx -> ${TARGET}/library/nginx: 1`,
      `docker.io/library/postgres -> ${TARGET}/library/postgres: 17`,
    ],
  },
  {
    format: "zarf",
    text: `kind: ZarfPackageConfig
components:
  - name: a
    images: ["a.io/x:###ZARF_PKG_VAR_TAG###-###ZARF_PKG_ARCH###", { name: "a.io/y:1" }, { name: "z:1", source: daemon }]
    imageArchives: [{ path: a.tar, images: [b:1] }]
  - { name: b, only: { flavor: upstream, cluster: { architecture: arm64 } }, images: ["a.io/z:1"] }
---
kind: Other
`,
    options: { target: TARGET },
    entries: [
      `a.io/x -> ${TARGET}/x: \${TAG}-\${ZARF_PKG_ARCH}`,
      `a.io/y -> ${TARGET}/y: 1`,
      `a.io/z -> ${TARGET}/z: 1 {"platforms":["linux/arm64"]}`,
    ],
    notes: [
      "note 3: that zarf packages only the architecture of the machine",
      "lost 4: an image of the local docker",
      "lost 5: the images in archives",
      "note 6: that a component is for one flavor",
      "note 8: the documents after the first one",
      "note 4: the value of TAG in the environment",
      "note 4: the value of ZARF_PKG_ARCH in the environment",
    ],
  },
  {
    format: "zarf",
    text: `kind: ZarfPackageConfig
metadata: { name: x, architecture: amd64 }
components:
  - { name: a, only: { cluster: { architecture: arm64 } }, images: ["a.io/x:1"] }
  - { name: b, only: { cluster: { architecture: amd64 } }, images: ["a.io/y:###ZARF_PKG_ARCH###"] }
`,
    options: { target: TARGET },
    entries: [`a.io/y -> ${TARGET}/y: amd64 {"platforms":["linux/amd64"]}`],
    notes: ["note 4: a component for arm64, which zarf leaves out"],
  },
  {
    format: "zarf",
    text: `kind: ZarfPackageConfig
metadata: { name: x, architecture: amd64 }
components:
  - name: a
    images: ["ghcr.io/a/b:###ZARF_PKG_TMPL_VERSION###", nginx:1.27]
    charts: [{ name: c }]
`,
    options: { target: TARGET },
    entries: [
      `ghcr.io/a/b -> ${TARGET}/a/b: \${VERSION} {"platforms":["linux/amd64"]}`,
      `docker.io/library/nginx -> ${TARGET}/library/nginx: 1.27 {"platforms":["linux/amd64"]}`,
    ],
    notes: ["note 6: charts of a component", "note 5: the value of VERSION in the environment"],
  },
  {
    format: "hauler",
    text: `apiVersion: content.hauler.cattle.io/v1
kind: Images
spec:
  images:
    - name: busybox:stable
      platform: linux/amd64
    - { name: ghcr.io/a/b:v1, key: cosign.pub }
    - { name: mine:1, local: true }
    - { name: ghcr.io/a/c:v1, rewrite: other/c:v2 }
---
apiVersion: content.hauler.cattle.io/v1
kind: Charts
spec: { charts: [] }
`,
    options: { target: TARGET },
    entries: [
      `docker.io/library/busybox -> ${TARGET}/library/busybox: stable {"platforms":["linux/amd64"]}`,
      `ghcr.io/a/b -> ${TARGET}/a/b: v1`,
      `ghcr.io/a/c -> ${TARGET}/a/c: v1`,
    ],
    notes: [
      "note 5: platform: linux/amd64 copies the image without its index",
      "note 7: that the signature of an image is verified",
      "lost 8: an image of the local docker",
      "lost 9: rewrite, which is not applied here",
      "note 11: a document of kind Charts",
    ],
  },
  {
    format: "chart",
    text: `apiVersion: v2
name: app
version: 1.0.0
annotations:
  artifacthub.io/images: |
    - name: app
      image: ghcr.io/a/app:v1
      platforms: [linux/amd64]
    - name: sidecar
      image: not a reference
  helm.sh/images: |
    - name: db
      image: postgres:17
      condition: postgresql.enabled
`,
    options: { target: TARGET },
    entries: [
      `ghcr.io/a/app -> ${TARGET}/a/app: v1 {"platforms":["linux/amd64"]}`,
      `docker.io/library/postgres -> ${TARGET}/library/postgres: 17`,
    ],
    notes: [
      'lost 9: the name of this image: "not a reference" is not a path part of a repository name',
      "note 14: that a value of the chart decides whether an image is used",
    ],
  },
  {
    format: "imgpkg",
    text: `apiVersion: imgpkg.carvel.dev/v1alpha1
kind: ImagesLock
images:
  - image: index.docker.io/library/nginx@${D1}
    annotations: { kbld.carvel.dev/id: "nginx:1.14.2" }
  - image: ghcr.io/a/b@${D2}
`,
    options: { target: TARGET },
    entries: [
      `docker.io/library/nginx -> ${TARGET}/library/nginx: ${D1} as 1.14.2`,
      `ghcr.io/a/b -> ${TARGET}/a/b: ${D2} as digest-222222222222`,
    ],
    notes: ["note 6: a digest without a tag, which gets the tag digest-222222222222"],
  },
  {
    format: "kbld",
    text: `apiVersion: kbld.k14s.io/v1alpha1
kind: Config
overrides:
  - { image: "nginx:1.14.2", newImage: "index.docker.io/library/nginx@${D1}", preresolved: true }
`,
    options: { target: TARGET },
    entries: [`docker.io/library/nginx -> ${TARGET}/library/nginx: ${D1} as 1.14.2`],
  },
  {
    format: "kbld",
    text: `apiVersion: kbld.k14s.io/v1alpha1
kind: Config
overrides:
  - { image: a.io/x, newImage: a.io/y, tagSelection: { semver: { constraints: ">1" } } }
  - { image: "a.io/z:1", platformSelection: { architecture: arm64 } }
---
apiVersion: kbld.k14s.io/v1alpha1
kind: Config
overrides: [{ image: b, newImage: "a.io/b:2" }]
`,
    options: { target: TARGET },
    entries: [`a.io/z -> ${TARGET}/z: 1`, `a.io/b -> ${TARGET}/b: 2`],
    notes: ["lost 4: a tag that kbld selects", "note 5: platformSelection"],
  },
  {
    format: "gardener",
    text: `images:
- source: alpine
  destination: europe-docker.pkg.dev/p/r/alpine
  tags: [3.10, "3.20", 3.21.0, 4.5, 12]
- source: quay.io/a/b
  destination: europe-docker.pkg.dev/p/r/b
  multi-arch: false
  tags: [v1, "${D1}"]
---
images: [{ source: quay.io/a/c, destination: reg.io/c, tags: [v2] }]
`,
    entries: [
      "docker.io/library/alpine -> europe-docker.pkg.dev/p/r/alpine: 3.10, 3.20, 3.21.0, 4.5, 12",
      'quay.io/a/b -> europe-docker.pkg.dev/p/r/b: v1 {"platforms":["linux/amd64"]}',
      "quay.io/a/c -> reg.io/c: v2",
    ],
    notes: [
      "note 4: the tag 3.10, which yq reads as the number 3.1",
      "note 5: multi-arch: false",
      "lost 8: a name that is not a tag",
    ],
  },
  {
    format: "gardener",
    text: `images:
  - name: Alpine
    source: docker.io/library/alpine
    tag: ["3.19"]
    destinations: [reg.io/a/alpine, reg.io/b/alpine]
  - { name: Own, source: own, build: { context: own }, tag: ["1"], destinations: [reg.io/own] }
  - { name: None, source: a.io/none, tag: ["1"], destinations: [] }
`,
    entries: ["docker.io/library/alpine -> reg.io/a/alpine, reg.io/b/alpine: 3.19"],
    notes: ["note 6: an image that is built here", "lost 7: an image without a destination"],
  },
  {
    format: "sinker",
    text: `target: { host: reg.io, repository: team, auth: { username: U, password: P } }
sources:
  - { repository: coreos/prometheus-operator, host: quay.io, tag: v0.40.0 }
  - { repository: library/nginx, digest: "${D1}" }
  - { repository: a/b/c, host: ghcr.io, tag: v1, target: { host: quay.io, repository: x } }
`,
    entries: [
      "quay.io/coreos/prometheus-operator -> reg.io/team/coreos/prometheus-operator: v0.40.0",
      `docker.io/library/nginx -> reg.io/team/library/nginx: ${D1} as ${"1".repeat(64)}`,
      "ghcr.io/a/b/c -> quay.io/x/c: v1",
    ],
    notes: ["note 1: the credentials for reg.io", "note 1: that sinker never replaces a tag, except latest"],
  },
  {
    format: "dregsy",
    text: `tasks:
  - name: t
    source: { registry: quay.io }
    target: { registry: reg.io }
    mappings:
      - { from: a/b, platform: all, tags: ["1.0", edge, "1.1", "1.2", "keep: latest 2"] }
      - { from: a/c, platform: all, tags: [b, a, c, "keep: latest 2", "keep: x.*"] }
      - { from: a/d, platform: all, tags: ["keep: 1.*"] }
      - { from: "a/e:v1", to: a/f, platform: all }
      - { from: a/g, to: "a/g:v1", platform: all }
      - { from: a/h, platform: all, tags: ["regex: 1.*", "keep:latest 2"] }
`,
    entries: [
      "quay.io/a/b -> reg.io/a/b: edge, 1.1, 1.2",
      "quay.io/a/c -> reg.io/a/c: b, c",
      'quay.io/a/d -> reg.io/a/d: {"regex":"(?=1.*$).*"} {"isOptional":true}',
      'quay.io/a/h -> reg.io/a/h: {"regex":"(?=latest 2$)1.*"} {"isOptional":true}',
    ],
    notes: [
      "note 8: keep: alone, which the docker relay ignores: it copies all tags",
      "lost 9: a mapping with a tag in from or to",
      "lost 10: a mapping with a tag in from or to",
    ],
  },
  {
    format: "dregsy",
    text: `relay: skopeo
skopeo: { binary: skopeo, certs-dir: /etc/skopeo/certs.d }
lister: { maxItems: 50, cacheDuration: 2h }
tasks:
  - name: t
    interval: 60
    source: { registry: quay.io, auth: c2VjcmV0 }
    target: { registry: reg.io, skip-tls-verify: true }
    mappings:
      - from: a/b
        to: mirror/b
        platform: all
        tags: ['1.0', 'semver: >=1.2.0 <2.0.0', 'regex: 1\\..*', 'keep: .+-alpine', 'keep: !.*rc.*', 'v1@${D1}']
      - { from: /a/c, platform: linux/amd64 }
      - { from: "regex:x.*", to: y }
      - { from: a/d, platform: all, tags: ['semver: >=1.0.0', 'keep: latest 3'] }
`,
    entries: [
      `quay.io/a/b -> reg.io/mirror/b: 1.0, ${D1} as v1`,
      'quay.io/a/b -> reg.io/mirror/b: {"semver":">=1.2.0 <2.0.0","loose":true,"prerelease":true,"pattern":"(?=.+-alpine$)(?!.*rc.*$)(?!v?\\\\d+(?:\\\\.\\\\d+)?-)(?<version>.*)"}, {"regex":"(?=.+-alpine$)(?!.*rc.*$)1\\\\..*"} {"isOptional":true}',
      'quay.io/a/c -> reg.io/a/c: {"glob":"*"} {"platforms":["linux/amd64"],"isOptional":true}',
      'quay.io/a/d -> reg.io/a/d: {"semver":">=1.0.0","loose":true,"prerelease":true,"pattern":"(?!v?\\\\d+(?:\\\\.\\\\d+)?-)(?<version>.*)","latest":3} {"isOptional":true}',
    ],
    notes: [
      "note 2: skopeo's certs-dir",
      "note 7: the credentials for quay.io",
      "note 8: skip-tls-verify for reg.io",
      "note 6: interval",
      "note 14: platform: linux/amd64 copies the image without its index",
      "lost 15: a mapping of repositories by a regular expression",
    ],
  },
  {
    format: "kpromo",
    text: `registries:
  - { name: gcr.io/staging, src: true }
  - { name: eu.gcr.io/prod, service-account: sa@p.iam.gserviceaccount.com }
  - { name: us.gcr.io/prod }
images:
  - name: app
    dmap: { "${D1}": [v1, latest], "${D2}": [] }
`,
    entries: [
      `gcr.io/staging/app -> eu.gcr.io/prod/app, us.gcr.io/prod/app: ${D1} as v1+latest, ${D2} as digest-222222222222`,
    ],
    notes: [
      "note 3: service-account",
      "note 6: that kpromo never moves a tag",
      "note 6: that kpromo signs the copies",
      "note 7: a digest without a tag, which gets the tag digest-222222222222",
    ],
  },
  {
    format: "oc-mirror",
    text: `kind: ImageSetConfiguration
apiVersion: mirror.openshift.io/v1alpha2
mirror:
  operators: [{ catalog: x }]
  additionalImages: [{ name: registry.redhat.io/ubi9/ubi:latest }, { name: quay.io/a/b:v1 }]
  blockedImages: [{ name: "quay.io/a/b:v1" }]
`,
    options: { target: TARGET },
    entries: [`registry.redhat.io/ubi9/ubi -> ${TARGET}/ubi9/ubi: latest`],
    notes: ["lost 4: operators"],
  },
  {
    format: "oc-mirror",
    text: `kind: ImageSetConfiguration
apiVersion: mirror.openshift.io/v2alpha1
mirror:
  additionalImages:
    - { name: "quay.io/a/b:v10" }
    - { name: "quay.io/a/c:v1@${D1}", targetTag: stable }
    - { name: "quay.io/a/d:v1@${D2}", platforms: [{ os: linux, architecture: arm64 }] }
    - { name: "quay.io/a/e:v1", targetRepo: other/e }
    - { name: "bitnami/redis:8" }
    - { name: "quay.io/blocked/x:1" }
  blockedImages: [{ name: "quay.io/a/b:v1" }, { name: "/bl.*/" }, { name: "(?<x" }]
`,
    options: { target: TARGET },
    entries: [
      `quay.io/a/c -> ${TARGET}/a/c: ${D1} as stable`,
      `quay.io/a/d -> ${TARGET}/a/d: ${D2} as v1 {"platforms":["linux/arm64"]}`,
      `quay.io/a/e -> ${TARGET}/a/e: v1`,
      `docker.io/bitnami/redis -> ${TARGET}/bitnami/redis: 8`,
    ],
    notes: [
      "lost 11: a blocked image whose expression is not known here",
      "lost 8: targetRepo, which is not applied here",
      "note 9: the path of a name without a host, of which oc-mirror uses only what follows the first slash",
    ],
  },
];

describe("files of other tools", () => {
  for (const { format, text, options, entries, notes = [] } of CASES) {
    const [line = ""] = text.trim().split("\n");
    it(`are recognised and become a valid images.yaml: ${format}, ${line.slice(0, 40)}`, () => {
      assert.equal(recogniseFormat(readForeignText(text, "file"))?.name, format);
      const found = imported(text, options);
      assert.deepEqual(entriesOf(found), entries);
      assert.deepEqual(notesOf(found), notes);
    });
  }

  it("are not recognised by a name that other files have too", () => {
    const values = "global: { images: { app: { image: a.io/x:1 } } }\n";
    assert.equal(recogniseFormat(readForeignText(values, "file")), undefined);
  });

  it("say that --target has no effect if no image needs it", () => {
    const [own, list] = ["quay.io/a/b:v1: reg.cn/x/b\n", "quay.io/a/c:v1\n"];
    assert.deepEqual(notesOf(imported(own, { target: TARGET })), [
      `note 1: --target ${TARGET}, because the file says where its images go`,
    ]);
    assert.deepEqual(notesOf(imported({ own, list }, { target: TARGET })), []);
  });

  it("keep the signatures that their tool copies, and only those", () => {
    const referrers = (text: string, options?: Options): unknown =>
      imported(text, options).entries.map(({ settings }) => settings.referrers);
    const images = `images: [{ name: app, dmap: { "${D1}": [v1] } }]\n`;
    const hauler = (more: string): string =>
      `apiVersion: content.hauler.cattle.io/v1\nkind: Images\nspec: { images: [{ name: "a.io/x:1"${more} }] }\n`;
    assert.deepEqual(referrers(`registries: [{ name: gcr.io/s, src: true }, { name: gcr.io/p }]\n${images}`), [
      undefined,
    ]);
    assert.deepEqual(referrers(hauler(""), { target: TARGET }), [undefined]);
    assert.deepEqual(referrers(hauler(", exclude-extras: true"), { target: TARGET }), [false]);
    assert.deepEqual(referrers("images: [{ source: a.io/x, destination: b.io/x, tags: [v1] }]\n"), [false]);
  });

  it("never lead to a password in the manifest or in a note", () => {
    for (const { text, options } of CASES) {
      assert.doesNotMatch(JSON.stringify(imported(text, options)), /hunter2|c2VjcmV0/);
    }
  });

  it("of kpromo can be two files, with the registries in their own", () => {
    const found = imported({
      "manifests/a/promoter-manifest.yaml": "registries: [{ name: gcr.io/s, src: true }, { name: gcr.io/p }]\n",
      "images/a/images.yaml": `- name: app\n  dmap: { "${D1}": [v1] }\n`,
      "manifests/b/promoter-manifest.yaml": "registries: [{ name: gcr.io/s2, src: true }, { name: gcr.io/p2 }]\n",
      "images/b/images.yaml": `- name: tool\n  dmap: { "${D2}": [v2] }\n`,
    });
    assert.deepEqual(entriesOf(found), [
      `gcr.io/s/app -> gcr.io/p/app: ${D1} as v1`,
      `gcr.io/s2/tool -> gcr.io/p2/tool: ${D2} as v2`,
    ]);
  });

  it("without a target get one by --target and --paths", () => {
    const text = "nginx:1\nquay.io/a/b:2\n";
    const targets = (paths: "flatten" | "keep" | "scoped") =>
      imported(text, { target: TARGET, paths }).entries.map(({ targets: [target] }) => target?.slice(TARGET.length));
    assert.deepEqual(targets("flatten"), ["/nginx", "/b"]);
    assert.deepEqual(targets("keep"), ["/library/nginx", "/a/b"]);
    assert.deepEqual(targets("scoped"), ["/docker.io/library/nginx", "/quay.io/a/b"]);
    assert.throws(() => imported(text), /does not say where the images go; add --target/);
  });

  it("cannot make two images one tag, or read what is written in the same run", () => {
    const flat = imported("quay.io/a/app:1\nquay.io/b/app:1\nquay.io/b/app:2\n", { target: TARGET, paths: "flatten" });
    assert.deepEqual(entriesOf(flat), [`quay.io/a/app -> ${TARGET}/app: 1`, `quay.io/b/app -> ${TARGET}/app: 2`]);
    assert.deepEqual(notesOf(flat), [
      `lost 2: ${TARGET}/app:1 from quay.io/b/app:1, because it comes from quay.io/a/app:1 at file:1`,
    ]);
    const chain = imported(`sync:
  - { source: nginx:1, target: reg.io/nginx:1, type: image }
  - { source: reg.io/nginx:1, target: reg.io/other:1, type: image }
  - { source: reg.io/self:1, target: reg.io/self:1, type: image }
`);
    assert.deepEqual(entriesOf(chain), ["docker.io/library/nginx -> reg.io/nginx: 1"]);
    assert.deepEqual(notesOf(chain), [
      "lost 4: reg.io/self:1 is both the source and the target",
      "lost 3: reg.io/nginx:1 as a source, because it is a target at file:2",
    ]);
  });
});

describe("a regsync file", () => {
  it("loses no setting of a host or of the defaults without a note", () => {
    const hostKeys =
      "mirrors priority hostname pathPrefix credHost credExpire repoAuth reqPerSec reqConcurrent blobChunk";
    const hosts = [...hostKeys.split(" "), "blobMax", "apiOpts"];
    const defaults = ["fastCheck", "skipDockerConfig", "cacheCount", "cacheTime", "userAgent", "blobLimit"];
    const text = `
creds: [{ registry: reg.io, ${hosts.map((key) => `${key}: 1`).join(", ")} }]
defaults: { ${defaults.map((key) => `${key}: 1`).join(", ")} }
sync: [{ source: busybox:1.2, target: reg.io/busybox, type: image }]
`;
    const noted = notesOf(imported(text)).map((note) => note.replace(/^note \d+: /, ""));
    assert.deepEqual(noted.toSorted(), [...hosts, ...defaults].toSorted());
  });
});
