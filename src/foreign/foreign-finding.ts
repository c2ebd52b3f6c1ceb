import type { Diagnostic } from "../model/error.ts";
import { recogniseFormat } from "./import-files.ts";
import { field } from "./items/fields.ts";
import { readForeignText } from "./items/read-file.ts";

/** Returns the finding for a file of another tool in place of images.yaml; undefined if it is not one. */
export function foreignFinding(text: string, file: string): Diagnostic | undefined {
  const read = readForeignText(text, file);
  const [root] = read.documents;
  // an images.yaml with mistakes is still one
  if (field(root, "version") !== undefined && field(root, "images") !== undefined) return undefined;
  const format = recogniseFormat(read);
  if (format === undefined) return undefined;
  const target = format.needsTarget === true ? " --target HOST/PATH" : "";
  return {
    severity: "error",
    message: `this is not an images.yaml: its format is ${format.title}`,
    position: { file, line: 1, column: 1 },
    hint: `convert it with imgsync import ${file}${target}`,
  };
}
