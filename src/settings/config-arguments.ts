import { nearest } from "../text/nearest.ts";
import { AUTH_PREFIX, type AuthArgument, authOfEnvironment, authOfFlags } from "./auth-arguments.ts";
import type { RawLayer } from "./config-layer.ts";
import { CONFIG_VARIABLE, convert, SETTING_NAMES, type SettingName } from "./config-names.ts";
import type { ConfigProblem } from "./config-problem.ts";
import type { ConfigPath } from "./config-text.ts";

/** Command line flags as given; undefined if absent. */
export type ConfigFlags = {
  readonly config?: string | undefined;
  readonly concurrency?: string | undefined;
  readonly color?: string | undefined;
  readonly progress?: string | undefined;
  readonly dockerCommand?: string | undefined;
  readonly allowFiles?: readonly string[] | undefined;
  readonly allowPlainHttp?: readonly string[] | undefined;
  /** `HOST=AUTH` */
  readonly auth?: readonly string[] | undefined;
  readonly verify?: boolean | undefined;
  readonly maxDeletesPerDay?: string | undefined;
};

export type Variables = Readonly<Record<string, string | undefined>>;

type Part = { readonly name: SettingName; readonly place: string; readonly value: unknown };

/** Variables that other parts of imgsync read. */
const OTHER_VARIABLES = [CONFIG_VARIABLE, "IMGSYNC_UNTRUSTED", "IMGSYNC_LOG"];
const OTHER_PREFIXES = [
  "IMGSYNC_VAR_",
  "IMGSYNC_USERNAME_",
  "IMGSYNC_PASSWORD_",
  "IMGSYNC_ACCESS_TOKEN_",
  "IMGSYNC_API_TOKEN_",
  AUTH_PREFIX,
];

/** @throws ConfigError for `--auth` without the form HOST=AUTH */
export function layerOfFlags({ auth = [], ...flags }: ConfigFlags, folder: string): RawLayer {
  const given = new Map<string, string | boolean | readonly string[] | undefined>(Object.entries(flags));
  const parts = SETTING_NAMES.flatMap((name): Part[] => {
    const value = name.flag === undefined ? undefined : given.get(name.path[0]);
    if (name.flag === undefined || value === undefined) return [];
    return [{ name, place: name.flag, value: typeof value === "string" ? convert(value, name.form) : value }];
  });
  return layerOf("flags", { parts, auth: authOfFlags(auth), folder });
}

/**
 * `IMGSYNC_*`, and NO_COLOR, a convention of many programs. An empty variable counts as unset.
 * @throws ConfigError for `IMGSYNC_AUTH_*` without a host or a source of credentials
 */
export function layerOfEnvironment(environment: Variables, folder: string): RawLayer {
  const parts = SETTING_NAMES.flatMap((name): Part[] => {
    const text = environment[name.variable] ?? "";
    if (text !== "") return [{ name, place: name.variable, value: convert(text, name.form) }];
    const hasNoColor = name.path[0] === "color" && (environment["NO_COLOR"] ?? "") !== "";
    return hasNoColor ? [{ name, place: "NO_COLOR", value: "never" }] : [];
  });
  return layerOf("environment", { parts, auth: authOfEnvironment(environment), folder });
}

/** Returns variables that look like settings but are not. */
export function unknownVariables(environment: Variables): readonly ConfigProblem[] {
  const known = [...SETTING_NAMES.map(({ variable }) => variable), ...OTHER_VARIABLES];
  return Object.keys(environment)
    .filter((name) => name.startsWith("IMGSYNC_") && !known.includes(name))
    .filter((name) => !OTHER_PREFIXES.some((prefix) => name.startsWith(prefix)))
    .flatMap((name) => {
      const near = nearest(name, known);
      if (near === undefined) return [];
      return [{ place: name, message: "unknown setting", hint: `did you mean "${near}"?` }];
    });
}

type Arguments = {
  readonly parts: readonly Part[];
  readonly auth: readonly AuthArgument[];
  readonly folder: string;
};

function layerOf(kind: "flags" | "environment", { parts, auth, folder }: Arguments): RawLayer {
  const value: Record<string, unknown> = {};
  const timeouts: Record<string, unknown> = {};
  for (const { name, value: part } of parts) {
    const [key, inner] = name.path;
    if (inner === undefined) value[key] = part;
    else timeouts[inner] = part;
  }
  const placeOf = (path: ConfigPath): string =>
    parts.find(({ name }) => name.path.every((part, at) => path[at] === part))?.place ??
    auth.find(({ key }) => path[0] === "registries" && path[1] === key)?.place ??
    kind;
  if (Object.keys(timeouts).length > 0) value["timeouts"] = timeouts;
  // of two flags for one host, the last one counts, as for other flags
  if (auth.length > 0) value["registries"] = Object.fromEntries(auth.map((one) => [one.key, { auth: one.auth }]));
  return { kind, folder, placeOf, value };
}
