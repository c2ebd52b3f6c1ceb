import { pathsOf, thisSystem } from "../files/system.ts";

/** Settings with their own flag or variable. All others can only be set in files. */
export type SettingName = {
  readonly path: readonly [string] | readonly [string, string];
  readonly flag?: string;
  readonly variable: string;
  readonly form: "text" | "number" | "boolean" | "hosts" | "folders";
};

export const SETTING_NAMES: readonly SettingName[] = [
  { path: ["concurrency"], flag: "--concurrency", variable: "IMGSYNC_CONCURRENCY", form: "number" },
  { path: ["color"], flag: "--color", variable: "IMGSYNC_COLOR", form: "text" },
  { path: ["progress"], flag: "--progress", variable: "IMGSYNC_PROGRESS", form: "text" },
  { path: ["dockerCommand"], flag: "--docker-command", variable: "IMGSYNC_DOCKER_COMMAND", form: "text" },
  { path: ["allowFiles"], flag: "--allow-files", variable: "IMGSYNC_ALLOW_FILES", form: "folders" },
  { path: ["allowPlainHttp"], flag: "--allow-plain-http", variable: "IMGSYNC_ALLOW_PLAIN_HTTP", form: "hosts" },
  { path: ["verify"], flag: "--verify", variable: "IMGSYNC_VERIFY", form: "boolean" },
  {
    path: ["maxDeletesPerDay"],
    flag: "--max-deletes-per-day",
    variable: "IMGSYNC_MAX_DELETES_PER_DAY",
    form: "number",
  },
  { path: ["timeouts", "connectMs"], variable: "IMGSYNC_CONNECT_MS", form: "number" },
  { path: ["timeouts", "headersMs"], variable: "IMGSYNC_HEADERS_MS", form: "number" },
  { path: ["timeouts", "finalPutHeadersMs"], variable: "IMGSYNC_FINAL_PUT_HEADERS_MS", form: "number" },
  { path: ["timeouts", "bodyIdleMs"], variable: "IMGSYNC_BODY_IDLE_MS", form: "number" },
  { path: ["timeouts", "answerMs"], variable: "IMGSYNC_ANSWER_MS", form: "number" },
  { path: ["timeouts", "itemMs"], variable: "IMGSYNC_ITEM_MS", form: "number" },
  { path: ["timeouts", "drainMs"], variable: "IMGSYNC_DRAIN_MS", form: "number" },
];

export const CONFIG_VARIABLE = "IMGSYNC_CONFIG";

/** Converts text from the command line or environment for the schema. Text that does not fit stays text, so that the schema reports it. */
export function convert(text: string, form: SettingName["form"], system = thisSystem()): unknown {
  if (form === "number") return /^[0-9]{1,9}$/.test(text) ? Number(text) : text;
  if (form === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (form === "hosts") return splitList(text, ",");
  return form === "folders" ? splitList(text, pathsOf(system).delimiter) : text;
}

function splitList(text: string, separator: string): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
