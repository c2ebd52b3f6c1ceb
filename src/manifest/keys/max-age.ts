import { readAge } from "./age.ts";
import type { Key } from "./key.ts";
import { TEXT } from "./text.ts";

/** The maximum age of an image that is copied. Default: any age. */
export const maxAge: Key<"maxAge"> = {
  name: "maxAge",
  text: TEXT,
  read: (written, place) => {
    const maxAgeMs = readAge("maxAge", written, place);
    return maxAgeMs === undefined ? {} : { maxAgeMs };
  },
};
