import { defined } from "../../model/defined.ts";
import type { Digest } from "../../model/digest.ts";
import { formatRepository, isProblem, parseReference } from "../../model/reference.ts";

/** Values of `${NAME}`, by name. */
export type Values = ReadonlyMap<string, string>;

/** A reference of a file of another tool. Its parts may have variables: `${REGISTRY}/app`, `${TAG:-1.2}`. */
export type ForeignImage = {
  /** `host/path`, normalised unless its host is a variable. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
  /** The variable that the name began with, and whose default is used: images.yaml needs the name. */
  readonly defaulted?: string;
};

export type ImageProblem = { readonly problem: string };

/** `${NAME}`, `${NAME:-default}`, `${NAME-default}`. */
const VARIABLE = /\$\{([A-Za-z_]\w*)(?::?-([^{}]*))?\}/g;
/** Go templates of regsync: `{{ env "NAME" }}`. */
const TEMPLATE = /\{\{-?\s*env\s+(?:"([A-Za-z_]\w*)"|`([A-Za-z_]\w*)`)\s*-?\}\}/g;

/** A variable at the beginning that is not only a part of the host: `${IMAGE}:1`, `${PREFIX}team/app`, `${PREFIX:-reg.io/team}/app`. */
const LEADING = /^\$\{([A-Za-z_]\w*)(?::?-([^{}]*))?\}(?:(?![^/]*\/)|(?=[\w-]+\/)|(?<=\/[^{}]*\}))/;
/** Helm's address of a chart in a registry. A layout is `oci:FOLDER`. */
const ADDRESS = "oci://";

/** Parses a reference as Docker does. Known values replace variables. */
export function readImage(written: string, values: Values): ForeignImage | ImageProblem {
  const expanded = expandValues(written.trim(), values);
  const [whole, name = "", fallback] = LEADING.exec(expanded) ?? [];
  if (whole !== undefined && fallback === undefined)
    return { problem: `its name is the variable ${name}: pass --var ${name}=VALUE to the import` };
  const address = `${fallback ?? ""}${expanded.slice(whole?.length ?? 0)}`;
  const isAddress = address.startsWith(ADDRESS);
  const text = isAddress ? address.slice(ADDRESS.length) : address;
  const hidden = hideVariables(text);
  if (/[{}$]/.test(hidden.text)) return { problem: "it has a template or a variable that imgsync does not know" };
  const parsed = parseReference(hidden.text);
  // an address may hold a password
  if (isProblem(parsed)) return { problem: /@|:\/\//.test(text) ? "it is not a valid reference" : parsed.problem };
  const { repository, tag, digest } = parsed;
  if (isAddress && tag === undefined && digest === undefined)
    return { problem: "it is the address of a chart, without a version" };
  return {
    repository: hidden.show(formatRepository(repository)),
    ...defined({
      tag: tag === undefined ? undefined : hidden.show(tag),
      digest,
      defaulted: whole === undefined ? undefined : name,
    }),
  };
}

/** Replaces `{{ env "NAME" }}`, `$NAME` aside, by `${NAME}`, and then known variables by their values. */
export function expandValues(text: string, values: Values): string {
  const plain = text.replaceAll(TEMPLATE, (_, quoted?: string, raw?: string) => `\${${quoted ?? raw ?? ""}}`);
  return plain.replaceAll(VARIABLE, (whole, name: string, fallback?: string) => {
    const value = values.get(name);
    if (value !== undefined && value !== "") return value;
    // images.yaml knows one form of defaults
    return fallback === undefined ? whole : `\${${name}:-${fallback}}`;
  });
}

/** Like {@link expandValues}, with the defaults of variables that have no value. */
export function resolveValues(text: string, values: Values): string {
  return expandValues(text, values).replaceAll(
    VARIABLE,
    (whole, _name: string, fallback?: string) => fallback ?? whole,
  );
}

/** Returns the names of the variables in a text. */
export function variablesIn(text: string): readonly string[] {
  return Array.from(text.matchAll(VARIABLE), ([, name = ""]) => name);
}

/** Puts valid names in place of variables, so that the rest can be parsed. */
function hideVariables(text: string): { readonly text: string; readonly show: (parsed: string) => string } {
  const variables: string[] = [];
  const hidden = text.replaceAll(VARIABLE, (whole, _name, _fallback, at: number) => {
    variables.push(whole);
    const isHost = at === 0 && text.includes("/", whole.length);
    return `imgsyncvar${variables.length - 1}z${isHost ? ".invalid" : ""}`;
  });
  return {
    text: hidden,
    show: (parsed) =>
      parsed.replaceAll(/imgsyncvar(\d+)z(?:\.invalid)?/g, (_, at: string) => variables[Number(at)] ?? ""),
  };
}
