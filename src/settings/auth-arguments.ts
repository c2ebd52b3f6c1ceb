import { hostOfEnvironmentName } from "../model/environment-name.ts";
import { ConfigError } from "./config-problem.ts";
import { parseConfigText } from "./config-text.ts";

/** `auth` of one registry on the command line or in the environment, in the form of a config file. */
export type AuthArgument = { readonly key: string; readonly auth: unknown; readonly place: string };

const AUTH_FLAG = "--auth";
export const AUTH_PREFIX = "IMGSYNC_AUTH_";

/** Sources without a value: the word alone stands for `{ WORD: true }`. */
const WORDS: ReadonlySet<string> = new Set(["anonymous", "gcloud", "metadata", "applicationDefault", "accessToken"]);
const HINT = `write ${[...WORDS].join(", ")}, "{ keyFile: FILE }" or "{ helper: NAME }"`;

/**
 * Parses the values of `--auth HOST=AUTH`.
 * @throws ConfigError
 */
export function authOfFlags(values: readonly string[]): readonly AuthArgument[] {
  return values.map((text) => {
    const equals = text.indexOf("=");
    if (equals <= 0) {
      throw new ConfigError([
        { place: AUTH_FLAG, message: `"${text}" is not HOST=AUTH`, hint: `such as HOST=gcloud; for AUTH ${HINT}` },
      ]);
    }
    return { key: text.slice(0, equals), auth: parseAuth(text.slice(equals + 1), AUTH_FLAG), place: AUTH_FLAG };
  });
}

/**
 * Parses the variables `IMGSYNC_AUTH_<HOST>`. An empty variable counts as unset.
 * @throws ConfigError
 */
export function authOfEnvironment(environment: Readonly<Record<string, string | undefined>>): readonly AuthArgument[] {
  return Object.entries(environment).flatMap(([name, text = ""]) => {
    if (!name.startsWith(AUTH_PREFIX) || text.trim() === "") return [];
    const key = hostOfEnvironmentName(name.slice(AUTH_PREFIX.length));
    if (key !== undefined) return [{ key, auth: parseAuth(text, name), place: name }];
    const hint = "write the host in upper case, with _ for ., __ for - and ___ for :";
    throw new ConfigError([{ place: name, message: "it does not name a host", hint }]);
  });
}

function parseAuth(text: string, place: string): unknown {
  const { value } = parseConfigText(text.trim(), place);
  if (typeof value === "object" && value !== null) return value;
  if (typeof value === "string" && WORDS.has(value)) return { [value]: true };
  throw new ConfigError([{ place, message: `"${text.trim()}" is not a source of credentials`, hint: HINT }]);
}
