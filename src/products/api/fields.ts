import { memberOf, textIn } from "../../model/json.ts";

export function textField(json: unknown, name: string): string | undefined {
  return textIn(memberOf(json, name));
}

/** Returns an empty list for anything else: proto3 and Go omit empty lists or write null. */
export function listField(json: unknown, name: string): readonly unknown[] {
  const value = memberOf(json, name);
  return Array.isArray(value) ? value : [];
}

/** Also parses strings, since proto3 writes 64-bit numbers as strings. */
export function numberField(json: unknown, name: string): number | undefined {
  const value = memberOf(json, name);
  const number = typeof value === "string" && /^[0-9]{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Parses RFC 3339, the format of protobuf's timestamps. */
export function timeField(json: unknown, name: string): Date | undefined {
  const value = textField(json, name);
  if (value === undefined || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,20}(?:Z|[+-][0-9:]{5})$/.test(value))
    return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() <= 1970 ? undefined : time;
}
