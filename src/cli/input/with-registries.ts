import { openRegistries, type Registries, type RegistriesOptions } from "../../app/session/registries.ts";
import type { Context, Look } from "../terminal/context.ts";
import { printFindings } from "../terminal/findings.ts";

/**
 * Runs work with registries of its own and closes their connections afterwards. Findings about files that the settings refer to go to
 * stderr.
 * @throws ManifestError if these files cannot be read, and whatever the work throws
 */
export async function withRegistries<T>(
  setup: { readonly context: Context; readonly look: Look },
  options: RegistriesOptions,
  work: (registries: Registries) => Promise<T>,
): Promise<T> {
  const registries = await printFindings(setup, openRegistries(options));
  try {
    return await work(registries);
  } finally {
    await registries.close();
  }
}
