import { readFile } from "node:fs/promises";
import type { Stage, StageOptions } from "./stage.ts";

/** One story on one stage: it returns the outputs that pages show, by the name of their block. */
export type Scenario = {
  readonly name: string;
  readonly options?: StageOptions;
  readonly play: (stage: Stage) => Promise<Readonly<Record<string, string>>>;
};

/** The head of a manifest for the two registries of a stage. */
export const HEAD = `version: 1
registries:
  127.0.0.1:5001: { plainHttp: true }
  127.0.0.1:5002: { plainHttp: true }
`;

/** `imgsync explain` without what it says about credentials, which is the same for every tag. */
export function withoutCredentials(text: string): string {
  return text.split("\nsource credentials\n")[0] ?? text;
}

/** Where the example that several pages use lies, seen from the repository's root. */
export const EXAMPLE = "examples/loopback/images.yaml";

export function readExample(): Promise<string> {
  return readFile(new URL(`../../${EXAMPLE}`, import.meta.url), "utf8");
}
