import type { SettingsFile, SignaturePolicy, SignerMatch } from "../../model/sync-manifest.ts";
import type { Entry as WrittenEntry } from "../../schema/generated/images.ts";
import { regexSyntaxProblem } from "../../selectors/regex.ts";
import type { Key, KeyPlace } from "./key.ts";
import { type Places, TEXT } from "./text.ts";
import { defined } from "../../model/defined.ts";

const SIGNER: Places = { isText: true, keys: { regex: TEXT } };

/** The signature that an entry requires. Default: none. */
export const verify: Key<"verify"> = {
  name: "verify",
  text: { keys: { key: TEXT, trustedRoot: TEXT, identity: SIGNER, issuer: SIGNER } },
  read: (written, place) => {
    const policy = readPolicy(written, place);
    if (policy === undefined) return {};
    if (place.isLocal) place.refuseSource(NO_SIGNATURE);
    return { verify: policy };
  },
};

const NO_SIGNATURE = {
  message: "a local image has no signature that could be verified",
  hint: "set verify: false for it",
};

function readPolicy(written: WrittenEntry["verify"], place: KeyPlace): SignaturePolicy | undefined {
  if (written === undefined || written === false) return undefined;
  const { trustedRoot } = written;
  const common = {
    position: place.position(),
    ...defined({ trustedRoot: trustedRoot === undefined ? undefined : readFile(trustedRoot, "trustedRoot", place) }),
  };
  if ("key" in written) {
    const { key, tlog = true } = written;
    return { ...common, signer: { kind: "key", file: readFile(key, "key", place), isLogged: tlog } };
  }
  const identity = readMatch(written.identity, "identity", place);
  const issuer = readMatch(written.issuer, "issuer", place);
  return { ...common, signer: { kind: "identity", identity, issuer } };
}

/** Refuses URLs: cosign also accepts those of key services, so a manifest could make it connect to any address. */
function readFile(text: string, key: string, { report, position, pathFromRoot }: KeyPlace): SettingsFile {
  const scheme = /^[a-z0-9+.-]+:\/\//i.exec(text)?.[0];
  if (scheme !== undefined)
    report(
      {
        message: `"${scheme}" does not belong here: only a file can be named`,
        hint: `write the public key to a file: cosign public-key --key ${scheme}… > cosign.pub`,
      },
      key,
    );
  return { path: pathFromRoot(text), position: position(key) };
}

type WrittenMatch = Extract<WrittenEntry["verify"], { identity: unknown }>["identity"];

function readMatch(written: WrittenMatch, key: string, { report }: KeyPlace): SignerMatch {
  if (typeof written === "string") return { kind: "exact", text: written };
  const problem = regexSyntaxProblem(written.regex);
  if (problem !== undefined) report({ message: problem.problem }, key, "regex");
  return { kind: "regex", text: written.regex };
}
