import { findProgram, runProgram } from "./programs.ts";

export type SignOptions = {
  /** Whether to sign each platform of an index too. */
  readonly recursive?: boolean;
  /** Whether to sign with a bundle that refers to the image, instead of a digest tag. */
  readonly newFormat?: boolean;
  /** The folder with the credentials for the registry. */
  readonly dockerConfig?: string;
  /** The repository for the signature, instead of that of the image. */
  readonly repository?: string;
};

export type Cosign = {
  /** Signs `HOST/PATH@DIGEST`. */
  readonly sign: (reference: string, options?: SignOptions) => Promise<void>;
  /** Whether cosign finds a signature by this key. */
  readonly verify: (
    reference: string,
    options?: Pick<SignOptions, "newFormat" | "repository">,
  ) => Promise<{ readonly ok: boolean; readonly text: string }>;
};

const LOOPBACK = ["--allow-http-registry", "--allow-insecure-registry"];
/** Signatures in digest tags, cosign's original format. */
const OLD_FORMAT = ["--new-bundle-format=false"];

/** Creates a key in a folder for cosign, which then needs no service on the network. */
export async function createCosign(folder: string): Promise<Cosign> {
  const program = findProgram("cosign");
  if (program === undefined) throw new Error("cosign is not there");
  // keeps cosign off the internet: it would fetch trusted roots, which a local key does not need
  const env = { COSIGN_PASSWORD: "of the test", HOME: folder, HTTPS_PROXY: "http://127.0.0.1:9" };
  const key = `${folder}/cosign`;
  const run = (...args: readonly string[]): ReturnType<typeof runProgram> => runProgram(program, args, { env });
  const signWith = async ({ dockerConfig, repository }: SignOptions, args: readonly string[]): Promise<void> => {
    const own = {
      ...env,
      ...(dockerConfig && { DOCKER_CONFIG: dockerConfig }),
      ...(repository && { COSIGN_REPOSITORY: repository }),
    };
    const { code, stderr } = await runProgram(program, args, { env: own });
    if (code !== 0) throw new Error(`cosign sign exited with ${String(code)}: ${stderr}`);
  };
  const runOk = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await run(...args);
    if (code !== 0) throw new Error(`cosign ${args[0] ?? ""} exited with ${String(code)}: ${stderr}`);
  };
  await runOk("generate-key-pair", `--output-key-prefix=${key}`);
  return {
    sign: (reference, { recursive = false, newFormat = false, ...place } = {}) =>
      signWith(place, [
        "sign",
        "--yes",
        "--tlog-upload=false",
        ...(newFormat ? [] : OLD_FORMAT),
        "--use-signing-config=false",
        `--recursive=${String(recursive)}`,
        ...LOOPBACK,
        `--key=${key}.key`,
        reference,
      ]),
    verify: async (reference, { newFormat = false, repository } = {}) => {
      const format = newFormat ? [] : OLD_FORMAT;
      const { code, stdout, stderr } = await runProgram(
        program,
        ["verify", "--insecure-ignore-tlog", ...format, ...LOOPBACK, `--key=${key}.pub`, reference],
        { env: { ...env, ...(repository && { COSIGN_REPOSITORY: repository }) } },
      );
      return { ok: code === 0, text: Buffer.from(stdout).toString("utf8") + stderr };
    },
  };
}
