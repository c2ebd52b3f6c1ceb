import type { ErrorCode } from "../../model/error.ts";
import { CONTENT_GUIDES } from "./content.ts";
import type { ErrorGuides } from "./guide.ts";
import { INPUT_GUIDES } from "./inputs.ts";
import { REGISTRY_GUIDES } from "./registries.ts";
import { SIGNATURE_GUIDES } from "./signatures.ts";

/** The guides for all errors, the source of docs/errors.md and `imgsync explain-error`. */
export const ERROR_GUIDES: ErrorGuides<ErrorCode> = {
  ...INPUT_GUIDES,
  ...REGISTRY_GUIDES,
  ...CONTENT_GUIDES,
  ...SIGNATURE_GUIDES,
};
