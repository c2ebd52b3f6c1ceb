import { parseObject } from "../../model/json.ts";
import { dockerConfigKey } from "../../products/table.ts";
import type { NamedFile } from "../../credentials/source/auth-file.ts";
import type { Check } from "../../model/check.ts";
import { readTextFile } from "../../files/read-text-file.ts";

const MAX_BYTES = 4 * 1024 * 1024;

/** Whether docker itself would find credentials for the host. Problems with the file are reported by the credentials check. */
export async function checkDockerConfig(host: string, file: NamedFile, hint: string): Promise<Check | undefined> {
  const read = await readTextFile(file.path, MAX_BYTES);
  const name = "docker's own";
  const missing: Check = { name, status: "warning", message: `${file.name} has nothing for ${host}`, hint };
  if ("problem" in read) return missing;
  const config = parseObject(read.text);
  if (config === undefined) return undefined;
  for (const table of ["credHelpers", "auths"]) {
    const entries = config.get(table);
    if (typeof entries === "object" && entries !== null && Object.hasOwn(entries, dockerConfigKey(host)))
      return { name, status: "ok", message: `${file.name} has ${host} in ${table}` };
  }
  if (typeof config.get("credsStore") === "string")
    return { name, status: "ok", message: `${file.name} has a credsStore for all hosts` };
  return missing;
}
