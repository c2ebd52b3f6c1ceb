import { type Digest, parseDigest } from "../model/digest.ts";
import { type ErrorDetails, ImgsyncError } from "../model/error.ts";

/** @throws ImgsyncError PLAN_INVALID */
export function readDigest(text: string): Digest {
  const digest = parseDigest(text);
  if (digest === undefined) throw bad(`"${text}" is not a digest`);
  return digest;
}

/** @throws ImgsyncError PLAN_INVALID */
export function readTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw bad(`"${text}" is not a time`);
  return time;
}

/** The error for a saved plan that imgsync cannot have written. */
export function bad(message: string): ImgsyncError {
  return new ImgsyncError(invalid(message, "make a new plan with imgsync plan --out"));
}

export function invalid(message: string, hint: string): ErrorDetails {
  return { code: "PLAN_INVALID", message, hint };
}
