import { parsePlatform } from "../../model/platform.ts";
import type { Key } from "./key.ts";
import { TEXT_LIST } from "./text.ts";

/** The platforms of an index to copy. Default: all. */
export const platforms: Key<"platforms"> = {
  name: "platforms",
  text: TEXT_LIST,
  read: (written = "all", { report }) => {
    if (typeof written === "string") return { platforms: "all" };
    const known = written.flatMap((text, index) => {
      const platform = parsePlatform(text);
      if (platform !== undefined) return [platform];
      report({ message: `"${text}" is not a platform`, hint: "write OS/ARCHITECTURE, such as linux/amd64" }, index);
      return [];
    });
    return { platforms: known };
  },
};
