import { ImgsyncError, isDenied } from "../../model/error.ts";
import { credentialsFailed } from "../source/failure.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Error names of STS and similar services. */
const SERVICE_ERROR = /^[A-Za-z][A-Za-z.]{2,63}$/;
const PROVIDER_ERRORS: ReadonlySet<string> = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
  "ProviderError",
]);

/** Reports whether no keys are configured, which is not an error. */
export function isNothingFound(thrown: unknown, environment: Environment): boolean {
  const isChosen = ["AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"].some(
    (name) => (environment[name] ?? "") !== "",
  );
  return !isChosen && thrown instanceof Error && PROVIDER_ERRORS.has(thrown.name) && !isAboutLogin(thrown.message);
}

/**
 * Replaces an error of the library by our own message. The library's message may contain the command line of a profile's program, its
 * output, or a file path.
 */
export function explainFailure(thrown: unknown, environment: Environment): Error {
  if (thrown instanceof ImgsyncError || isDenied(thrown)) return thrown;
  const { name, message } = thrown instanceof Error ? thrown : new Error("no error");
  const profile = environment["AWS_PROFILE"] ?? "";
  const where = profile === "" ? "AWS" : `the AWS profile "${profile}"`;
  if (isAboutLogin(message)) {
    const login = profile === "" ? "aws sso login" : `aws sso login --profile ${profile}`;
    return credentialsFailed(`the login of ${where} has ended`, { hint: `run: ${login}` });
  }
  if (/multi-factor/i.test(message)) {
    return credentialsFailed(`${where} requires an MFA code, which imgsync cannot ask for`, {
      hint: "use a profile without mfa_serial, or put keys into AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
    });
  }
  if (PROVIDER_ERRORS.has(name) || !SERVICE_ERROR.test(name) || name === "Error") {
    return credentialsFailed(`${where} provides no keys`, { hint: "run: aws sts get-caller-identity" });
  }
  return credentialsFailed(`${where} provides no keys: ${name}`, { hint: "run: aws sts get-caller-identity" });
}

function isAboutLogin(message: string): boolean {
  return /\b(?:sso session|sso token|token is expired|aws sso login|aws login)\b/i.test(message);
}
