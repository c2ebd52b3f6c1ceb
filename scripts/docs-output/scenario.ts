import { readFile } from "node:fs/promises";
import type { Stage, StageOptions } from "./stage.ts";

/** A sequence of commands on a stage. It returns the outputs shown on pages, by block name. */
export type Scenario = {
  readonly name: string;
  readonly options?: StageOptions;
  readonly play: (stage: Stage) => Promise<Readonly<Record<string, string>>>;
};

/** The start of a manifest for the two registries of a stage. */
export const HEAD = `version: 1
registries:
  127.0.0.1:5001: { plainHttp: true }
  127.0.0.1:5002: { plainHttp: true }
`;

/** Removes the credentials from `imgsync explain`, which are the same for every tag. */
export function withoutCredentials(text: string): string {
  return text.split("\nsource credentials\n")[0] ?? text;
}

/** The example that several pages use, relative to the root of the repository. */
export const EXAMPLE = "examples/loopback/images.yaml";

export function readExample(): Promise<string> {
  return readFile(new URL(`../../${EXAMPLE}`, import.meta.url), "utf8");
}
