import { writeFile } from "node:fs/promises";
import { ImgsyncError } from "../../model/error.ts";
import { maskSecrets } from "../../model/secret.ts";

/**
 * Writes a file that a flag names. Secrets are masked in it, as in all output. `what` is used in the error: "the plan".
 * @throws ImgsyncError OUTPUT_FAILED
 */
export async function writeOutput(file: string, text: string, what: string): Promise<void> {
  try {
    await writeFile(file, maskSecrets(text));
  } catch (cause) {
    throw new ImgsyncError(
      {
        code: "OUTPUT_FAILED",
        message: `${what} cannot be written to "${file}"`,
        hint: "check the folder and its permissions",
      },
      { cause },
    );
  }
}
