import { isDenied, ImgsyncError } from "../../model/error.ts";
import { formatRepository, type Repository } from "../../model/reference.ts";
import { defined } from "../../model/defined.ts";

/** The error for a layout with invalid files, which is neither read nor written. */
export function refusedLayout(repository: Repository, why: string, hint?: string): ImgsyncError {
  return new ImgsyncError({
    code: "CONTENT_REFUSED",
    reference: formatRepository(repository),
    message: `${formatRepository(repository)} cannot be used as an OCI layout: ${why}`,
    ...defined({ hint }),
  });
}

/** Converts errors of the operating system, without the absolute paths in their messages. */
export async function withFileErrors<T>(repository: Repository, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    if (thrown instanceof ImgsyncError || isDenied(thrown) || typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code))
      throw thrown;
    throw new ImgsyncError(
      {
        code: "OUTPUT_FAILED",
        reference: formatRepository(repository),
        message: `${formatRepository(repository)} cannot be read or written (${code})`,
        hint: "check the folder, its permissions and its disk",
      },
      { cause: thrown },
    );
  }
}
