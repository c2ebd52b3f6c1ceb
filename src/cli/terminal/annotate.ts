import { isAbsolute, join, relative, sep } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Annotation, ANNOTATION_FORMATS, type AnnotationFormat } from "../../reporters/annotations.ts";
import type { Context } from "./context.ts";
import { writeOutput } from "./write-output.ts";

/** Where annotations go: lines on stderr for the runner, or a report file for the pipeline. */
export type AnnotationsFlag = { readonly format: AnnotationFormat; readonly file?: string };

/** The report name used in GitLab's documentation. */
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
 * Writes the findings as annotations, with paths relative to the root of the repository.
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
  if (flag.file === undefined) context.stderr.write(text);
  else await writeOutput(flag.file, [text], { what: "the annotations" });
}

function readFlag(text: string): AnnotationsFlag {
  const [name = "", ...rest] = text.split("=");
  const file = rest.join("=");
  if (name === "github" && rest.length === 0) return { format: "github" };
  if (name === "gitlab" && (rest.length === 0 || file !== ""))
    return { format: "gitlab", file: rest.length === 0 ? GITLAB_FILE : file };
  throw new InvalidArgumentError("write github, gitlab, or gitlab=FILE.");
}

/** Returns the current folder relative to the root of the repository, as set by the runner; empty if it is the root or outside of it. */
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
