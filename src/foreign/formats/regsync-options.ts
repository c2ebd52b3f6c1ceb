import type { Node } from "../../manifest/parse/nodes.ts";
import { type Collector, noteOtherKeys } from "../items/collect.ts";
import { entriesOf, field, textAt } from "../items/fields.ts";
import { hostOf, noteCredentials } from "./credentials.ts";

const OPTIONS: readonly (readonly [key: string, instead: string])[] = [
  ["ratelimit", "remove it: imgsync compares tags without pulls, and waits when a registry limits it"],
  ["interval", "run imgsync watch, with schedule: in the entry as a cron pattern"],
  ["referrerFilters", "use referrers: true, which copies all of them"],
  ["mediaTypes", "remove it: imgsync copies images of all media types"],
  ["includeExternal", "remove it: layers of other hosts stay where they are"],
  ["forceRecursive", "run imgsync apply --verify"],
  ["hooks", "run the commands in the pipeline, before and after imgsync apply"],
  ["userAgent", "remove it"],
  ["parallel", "run imgsync apply --concurrency NUMBER"],
  ["blobLimit", "remove it"],
  ["fastCheck", "write referrers: with-copy, which looks for signatures only when an image is copied"],
  ["skipDockerConfig", "remove it: imgsync reads docker's logins only for the hosts of the manifest"],
  ["cacheCount", "remove it"],
  ["cacheTime", "remove it"],
];

const HOST_OPTIONS: readonly (readonly [key: string, instead: string])[] = [
  ["mirrors", "write registries: { HOST: { mirrors: [HOST/PATH] } }"],
  ["priority", "write mirrors in the order in which they are asked"],
  ["hostname", "write the real host and path in source and target"],
  ["pathPrefix", "write the real host and path in source and target"],
  ["credHost", "run docker login for that host"],
  ["credExpire", "remove it: imgsync asks for credentials again when they expire"],
  ["repoAuth", "remove it: imgsync asks for a token for each repository"],
  ["reqPerSec", "remove it: imgsync slows down, and waits, when a registry limits it"],
  ["reqConcurrent", "remove it: imgsync adapts the number of requests at a time to each registry"],
  ["blobChunk", "remove it"],
  ["blobMax", "remove it"],
  ["apiOpts", "remove it"],
];

const ITEM_KEYS: readonly string[] = [
  "source",
  "target",
  "type",
  "tags",
  "tagSets",
  "repos",
  "platform",
  "platforms",
  "referrers",
  "referrerSource",
  "referrerTarget",
  "digestTags",
  "backup",
  "schedule",
];

const HOST_KEYS: readonly string[] = [
  "registry",
  "user",
  "pass",
  "token",
  "credHelper",
  "tls",
  "regcert",
  "clientCert",
  "clientKey",
];

/** Notes the settings of an item, or of the defaults, that images.yaml does not have. */
export function noteOptions(node: Node | undefined, out: Collector): void {
  noteListed(node, out, OPTIONS);
  noteOtherKeys(node, [...ITEM_KEYS, ...OPTIONS.map(([key]) => key)], out);
}

function noteListed(node: Node | undefined, out: Collector, options: typeof OPTIONS): void {
  for (const [key, instead] of options) {
    const found = field(node, key);
    if (found !== undefined) out.note(found, key, instead);
  }
}

/** Passwords and users are never read. */
export function noteCreds(creds: Node, out: Collector): void {
  const host = textAt(creds, "registry");
  const keys = new Set(entriesOf(creds).map(([key]) => key));
  if (["user", "pass", "token", "credHelper"].some((key) => keys.has(key))) noteCredentials(creds, host, out);
  const tls = textAt(creds, "tls");
  if (tls === "disabled") out.plainHttp(creds, hostOf(host));
  if (tls === "insecure") {
    out.note(
      creds,
      "tls: insecure, which accepts any certificate",
      "name the certificate of its authority: registries: { HOST: { ca: FILE } }",
    );
  }
  for (const key of ["regcert", "clientCert", "clientKey"]) {
    if (keys.has(key))
      out.note(
        creds,
        key,
        "put it in a file: registries: { HOST: { ca: FILE, clientCertificate: { certificate: FILE, key: FILE } } }",
      );
  }
  noteListed(creds, out, HOST_OPTIONS);
  noteOtherKeys(creds, [...HOST_KEYS, ...HOST_OPTIONS.map(([key]) => key)], out);
}
