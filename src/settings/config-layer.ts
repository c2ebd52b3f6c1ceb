import { ownFile } from "./own-file.ts";
import {
  formatPrefix,
  isProblem,
  parseHost,
  parsePrefix,
  type ReferenceProblem,
  type Repository,
} from "../model/reference.ts";
import { nearest } from "../text/nearest.ts";
import type { ConfigFile, PersonalRegistry } from "../schema/generated/config.ts";
import type { SchemaProblem } from "../schema/problems.ts";
import { validate } from "../schema/validate.ts";
import { SETTING_NAMES } from "./config-names.ts";
import type { ConfigProblem } from "./config-problem.ts";
import type { ConfigDocument, ConfigPath } from "./config-text.ts";
import { defined } from "../model/defined.ts";
import { asObject } from "../model/json.ts";

/** Settings from one source. */
export type RawLayer = ConfigDocument & {
  /** `found`: a file found in the current folder, which may be untrusted. */
  readonly kind: "flags" | "environment" | "file" | "found" | "home";
  /** The base of relative paths. */
  readonly folder: string;
  /** Absolute, if it is a file. */
  readonly path?: string;
};

export type Layer = Omit<RawLayer, "value"> & { readonly config: ConfigFile };

const FOUND_MAY_SET = new Set(["$schema", "concurrency", "color", "progress"]);
const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;

/** Returns the validated layer, or all of its problems. */
export async function checkLayer(layer: RawLayer): Promise<Layer | readonly ConfigProblem[]> {
  // a file with only comments has no value
  const value = layer.value ?? {};
  const refused = layer.kind === "found" ? refuseKeys(layer, value) : [];
  const isRefused = ({ path }: SchemaProblem): boolean => refused.some(({ key }) => key === path[0]);
  // flags and the environment rarely set anything, and the validator takes as long to load as the rest of the settings
  const isEmpty = asObject(value)?.size === 0;
  const problems = isEmpty ? [] : (await validate("config", value)).filter((problem) => !isRefused(problem));
  const found = [
    ...refused.map(({ problem }) => problem),
    ...problems.map((problem) => describeProblem(layer, problem)),
  ];
  if (found.length > 0) return found;
  // validated by the schema above
  const config = value as ConfigFile;
  const hosts = hostProblems(layer, config);
  const { kind, folder, placeOf } = layer;
  return hosts.length > 0 ? hosts : { kind, folder, placeOf, config };
}

function refuseKeys(layer: RawLayer, value: unknown): readonly { key: string; problem: ConfigProblem }[] {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  return keys
    .filter((key) => isKnown(key) && !FOUND_MAY_SET.has(key))
    .map((key) => ({
      key,
      problem: {
        place: layer.placeOf([key]),
        message: `"${key}" is not allowed in a file found in the current folder`,
        hint: `${insteadOf(key)}put it in ${ownFile()}, or name the file with --config FILE`,
      },
    }));
}

const OTHER_KEYS = new Set(["timeouts", "registries", "universes", "kubernetes"]);

function isKnown(key: string): boolean {
  return OTHER_KEYS.has(key) || SETTING_NAMES.some(({ path }) => path[0] === key);
}

function insteadOf(key: string): string {
  const name = SETTING_NAMES.find(({ path, flag }) => path[0] === key && flag !== undefined);
  return name?.flag === undefined ? "" : `use ${name.flag} or ${name.variable}, `;
}

function describeProblem(layer: RawLayer, { path, key, message, hint, allowed, kind }: SchemaProblem): ConfigProblem {
  const near = kind === "unknown-key" && key !== undefined ? nearest(key, allowed ?? []) : undefined;
  const help = near === undefined ? hint : `did you mean "${near}"?`;
  const isInside = kind === "unknown-key" && key !== undefined;
  return {
    place: layer.placeOf(isInside ? [...path, key] : path),
    message: isInside || path.length === 0 ? message : `${path.join(".")}: ${message}`,
    ...defined({ hint: help }),
  };
}

/** Parses HOST, HOST:PORT or HOST/PATH. A scheme is reported as such. */
function parseKey(name: string): Repository | ReferenceProblem {
  const host = name.includes("://") ? parseHost(name) : name;
  return typeof host === "string" ? parsePrefix(name) : host;
}

/** Connections are made per host, and only credentials per path. */
function wholeHostProblems(layer: RawLayer, name: string, registry: PersonalRegistry): readonly ConfigProblem[] {
  return Object.keys(registry)
    .filter((key) => key !== "auth")
    .map((key) => ({
      place: layer.placeOf(["registries", name, key]),
      message: `"${key}" applies to the whole host`,
      hint: "for a part of a registry, HOST/PATH, only auth can be set",
    }));
}

/** Checks what a schema cannot: hosts must be valid, and no host may appear in two spellings. */
function hostProblems(layer: RawLayer, config: ConfigFile): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const check = (text: string, path: ConfigPath): void => {
    const host = parseHost(text);
    if (typeof host !== "string" && isProblem(host)) {
      const { problem, hint } = host;
      problems.push({ place: layer.placeOf(path), message: problem, ...defined({ hint }) });
    }
  };
  const seen = new Map<string, string>();
  for (const [name, registry] of Object.entries(config.registries ?? {})) {
    const path = ["registries", name];
    const place = parseKey(name);
    if (isProblem(place)) {
      const { problem, hint } = place;
      problems.push({ place: layer.placeOf(path), message: problem, ...defined({ hint }) });
    } else {
      problems.push(...(place.path === "" ? [] : wholeHostProblems(layer, name, registry)));
      const key = formatPrefix(place);
      const twin = seen.get(key);
      if (twin !== undefined)
        problems.push({ place: layer.placeOf(path), message: `"${name}" and "${twin}" are the same registry` });
      seen.set(key, name);
    }
    if (registry.api !== undefined && !URL.canParse(registry.api))
      problems.push({ place: layer.placeOf([...path, "api"]), message: `"${registry.api}" is not an address` });
    for (const [at, host] of (registry.trustedRealms ?? []).entries()) check(host, [...path, "trustedRealms", at]);
    for (const [at, host] of (registry.uploadHosts ?? []).entries()) check(host, [...path, "uploadHosts", at]);
  }
  const server = config.kubernetes?.server;
  if (server !== undefined && !URL.canParse(server))
    problems.push({ place: layer.placeOf(["kubernetes", "server"]), message: `"${server}" is not an address` });
  for (const [at, host] of (config.allowPlainHttp ?? []).entries()) check(host, ["allowPlainHttp", at]);
  for (const domain of Object.keys(config.universes ?? {})) {
    if (DOMAIN.test(domain)) continue;
    problems.push({
      place: layer.placeOf(["universes", domain]),
      message: `"${domain}" is not a domain`,
      hint: "such as pkg.dev",
    });
  }
  return problems;
}
