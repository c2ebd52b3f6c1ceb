import { writeFile } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ImgsyncError } from "../../model/error.ts";
import { maskSecrets } from "../../model/secret.ts";
import { type Annotation, ANNOTATION_FORMATS, type AnnotationFormat } from "../../reporters/annotations.ts";
import type { Context } from "./context.ts";

/** Where annotations go: lines for the runner on stderr, or a file that the pipeline hands in. */
export type AnnotationsFlag = { readonly format: AnnotationFormat; readonly file?: string };

/** The name that GitLab's own documentation gives the report. */
const GITLAB_FILE = "gl-code-quality-report.json";

export function addAnnotationsOption(command: Command): Command {
  return command.addOption(
    new Option(
      "--annotations <where>",
      `problems on the lines of a pull request; gitlab=FILE writes there instead of ${GITLAB_FILE}`,
    )
      .choices(Object.keys(ANNOTATION_FORMATS))
      .argParser(readFlag),
  );
}

/**
 * Writes the problems for the platform that shows them, with paths from the repository's root.
 * @throws ImgsyncError OUTPUT_FAILED
 */
export async function writeAnnotations(
  context: Context,
  flag: AnnotationsFlag | undefined,
  annotations: readonly Annotation[],
): Promise<void> {
  if (flag === undefined) return;
  const placed = annotations.map((annotation) => place(annotation, prefixOf(context)));
  const text = ANNOTATION_FORMATS[flag.format](placed);
  if (flag.file === undefined) return void context.stderr.write(text);
  try {
    await writeFile(flag.file, maskSecrets(text));
  } catch (cause) {
    throw new ImgsyncError(
      {
        code: "OUTPUT_FAILED",
        message: `the annotations cannot be written to "${flag.file}"`,
        hint: "check the folder and its permissions",
      },
      { cause },
    );
  }
}

function readFlag(text: string): AnnotationsFlag {
  const [name = "", ...rest] = text.split("=");
  const file = rest.join("=");
  if (name === "github" && rest.length === 0) return { format: "github" };
  if (name === "gitlab" && (rest.length === 0 || file !== ""))
    return { format: "gitlab", file: rest.length === 0 ? GITLAB_FILE : file };
  throw new InvalidArgumentError("write github, gitlab, or gitlab=FILE.");
}

/** From the repository's root, as the runner knows it, to the current folder; empty where that is the root or outside. */
function prefixOf({ environment }: Context): string {
  const root = environment["GITHUB_WORKSPACE"] || environment["CI_PROJECT_DIR"] || undefined;
  if (root === undefined || !isAbsolute(root)) return "";
  const path = relative(root, process.cwd());
  return isAbsolute(path) || path.split(sep)[0] === ".." ? "" : path;
}

function place(annotation: Annotation, prefix: string): Annotation {
  const { position } = annotation;
  const file = isAbsolute(position.file) ? position.file : join(prefix, position.file);
  return { ...annotation, position: { ...position, file: file.split(sep).join("/") } };
}
