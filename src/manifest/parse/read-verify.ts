import type { SettingsFile, SignaturePolicy, SignerMatch } from "../../model/sync-manifest.ts";
import type { Entry as WrittenEntry } from "../../schema/generated/images.ts";
import { regexProblem } from "../../selectors/pattern-problem.ts";
import type { FileContext } from "./file-context.ts";
import type { Path } from "./nodes.ts";

/** Which signature an entry requires; undefined: none. What is wrong is reported. */
export function readVerify(
  written: WrittenEntry["verify"],
  path: Path,
  context: FileContext,
): SignaturePolicy | undefined {
  if (written === undefined || written === false) return undefined;
  const { trustedRoot } = written;
  const common = {
    position: context.positionOf(path),
    ...(trustedRoot === undefined ? {} : { trustedRoot: readFile(trustedRoot, [...path, "trustedRoot"], context) }),
  };
  if ("key" in written) {
    const { key, tlog = true } = written;
    const file = readFile(key, [...path, "key"], context);
    return { ...common, signer: { kind: "key", file, isLogged: tlog } };
  }
  const identity = readMatch(written.identity, [...path, "identity"], context);
  const issuer = readMatch(written.issuer, [...path, "issuer"], context);
  return { ...common, signer: { kind: "identity", identity, issuer } };
}

/** cosign takes the names of key services and addresses as well, at which a manifest could have it call anywhere. */
function readFile(text: string, path: Path, context: FileContext): SettingsFile {
  const scheme = /^[a-z0-9+.-]+:\/\//i.exec(text)?.[0];
  if (scheme !== undefined)
    context.report(path, {
      message: `"${scheme}" does not belong here: only a file can be named`,
      hint: `write the public key to a file: cosign public-key --key ${scheme}… > cosign.pub`,
    });
  return { path: context.pathFromRoot(text), position: context.positionOf(path) };
}

type WrittenMatch = Extract<WrittenEntry["verify"], { identity: unknown }>["identity"];

function readMatch(written: WrittenMatch, path: Path, { report }: FileContext): SignerMatch {
  if (typeof written === "string") return { kind: "exact", text: written };
  const problem = regexProblem(written.regex);
  if (problem !== undefined) report([...path, "regex"], { message: problem });
  return { kind: "regex", text: written.regex };
}
