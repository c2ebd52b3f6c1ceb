import { thisSystem } from "../files/system.ts";

/** Returns how messages name the user's own settings file. */
export function ownFile(system = thisSystem()): string {
  return system === "windows" ? "%APPDATA%\\imgsync\\config.yaml" : "~/.config/imgsync/config.yaml";
}
