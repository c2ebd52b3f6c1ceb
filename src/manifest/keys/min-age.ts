import { readAge } from "./age.ts";
import type { Key } from "./key.ts";
import { TEXT } from "./text.ts";

/** The minimum age of an image that is copied. Default: any age. */
export const minAge: Key<"minAge"> = {
  name: "minAge",
  text: TEXT,
  read: (written, place) => {
    const minAgeMs = readAge("minAge", written, place);
    return minAgeMs === undefined ? {} : { minAgeMs };
  },
};
