import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createCosign } from "../../../src/programs/cosign/verify.ts";
import { type Exec, type ExecOptions, type ExecResult, ProgramError } from "../../../src/programs/exec.ts";
import { digestOf } from "../../../src/model/digest.ts";
import { ImgsyncError } from "../../../src/model/error.ts";
import { defaultHostSettings } from "../../../src/model/host-settings.ts";
import { secret } from "../../../src/model/secret.ts";
import type { ServeRepository } from "../../../src/model/served-repository.ts";
import type { SignaturePolicy } from "../../../src/model/sync-manifest.ts";
import { makeFolder } from "../../support/cli.ts";
import { calm, createScope } from "../../support/scope.ts";

const { onEnd } = createScope();

const POSITION = { file: "images.yaml", line: 1, column: 1 };
const IMAGE = { repository: { host: "oci:mirror/app", path: "" }, digest: digestOf("image") };
const POLICY: SignaturePolicy = {
  position: POSITION,
  signer: { kind: "key", file: { path: "cosign.pub", position: POSITION }, isLogged: true },
};
const AT = "127.0.0.1:4321";
const PASSWORD = "a password of sixty-four characters";

type Run = { readonly args: readonly string[]; readonly options: ExecOptions };

type Verified = {
  readonly verify: () => Promise<true>;
  readonly runs: readonly Run[];
  /** What happened to the server, in order. */
  readonly events: readonly string[];
  /** Settings and credentials that were looked up for registries. */
  readonly lookups: readonly string[];
};

/** Verifies the image of a layout with this in the place of cosign, and with a layout that has this failure. */
async function verified(
  cosign: (run: Run) => Promise<ExecResult>,
  { failure, serve }: { readonly failure?: unknown; readonly serve?: ServeRepository } = {},
): Promise<Verified> {
  const folder = await makeFolder();
  onEnd(folder.remove);
  const runs: Run[] = [];
  const events: string[] = [];
  const lookups: string[] = [];
  const exec: Exec = async (_, args, options) => {
    if (args[0] === "version") return { exitCode: 0, stdout: "{}", stderr: "" };
    runs.push({ args, options });
    events.push("cosign");
    return cosign({ args, options });
  };
  const { verify } = createCosign({
    exec,
    command: "cosign",
    credentials: {
      find: async ({ host }) => {
        lookups.push(host);
        return undefined;
      },
    },
    settingsFor: (host) => {
      lookups.push(host);
      return defaultHostSettings(host);
    },
    textOf: () => "a key",
    privateParents: [folder.path],
    serve:
      serve ??
      (async ({ host }) => {
        events.push(`serves ${host}`);
        return {
          repository: { host: AT, path: "layout" },
          credential: { kind: "basic", username: "imgsync", password: secret(PASSWORD), origin: "imgsync" },
          failure: () => failure,
          close: async () => void events.push("closed"),
        };
      }),
  });
  return { verify: () => verify(IMAGE, POLICY, calm), runs, events, lookups };
}

const SIGNED: ExecResult = { exitCode: 0, stdout: "[]", stderr: "" };
const UNSIGNED: ExecResult = { exitCode: 10, stdout: "", stderr: "Error: no signatures found\n" };

describe("cosign for an image in an OCI layout", () => {
  it("reads it at a server on this machine, over plain HTTP, which is closed afterwards", async () => {
    const { verify, runs, events, lookups } = await verified(async () => SIGNED);
    assert.equal(await verify(), true);
    assert.deepEqual(events, ["serves oci:mirror/app", "cosign", "closed"]);
    const args = runs[0]?.args ?? [];
    assert.ok(args.includes("--allow-http-registry"));
    assert.equal(args.at(-1), `${AT}/layout@${IMAGE.digest}`);
    assert.deepEqual(lookups, []);
  });

  it("passes the password only in the private config file", async () => {
    let config = "";
    const { verify, runs } = await verified(async ({ options }) => {
      config = await readFile(join(options.environment?.["DOCKER_CONFIG"] ?? "", "config.json"), "utf8");
      return SIGNED;
    });
    await verify();
    assert.deepEqual(JSON.parse(config), { auths: { [AT]: { auth: btoa(`imgsync:${PASSWORD}`) } } });
    assert.doesNotMatch(JSON.stringify([runs[0]?.args, runs[0]?.options.environment]), /sixty-four/);
  });

  it("counts only the layout's signatures, and not those in COSIGN_REPOSITORY", async () => {
    const { verify, runs } = await verified(async () => SIGNED);
    await verify();
    const { environment = {} } = runs[0]?.options ?? {};
    assert.ok(Object.hasOwn(environment, "COSIGN_REPOSITORY"));
    assert.equal(environment["COSIGN_REPOSITORY"], undefined);
  });

  it("closes the server when cosign refuses, cannot be started or is interrupted", async () => {
    const endings = [
      { cosign: async () => UNSIGNED, error: { code: "SIGNATURE_INVALID" } },
      {
        cosign: () => Promise.reject(new ProgramError("timeout", "too slow", "wait")),
        error: { code: "SIGNATURE_UNCHECKED" },
      },
      { cosign: () => Promise.reject(new DOMException("", "AbortError")), error: { name: "AbortError" } },
    ];
    for (const { cosign, error } of endings) {
      const { verify, events } = await verified(cosign);
      await assert.rejects(verify(), error);
      assert.deepEqual(events, ["serves oci:mirror/app", "cosign", "closed"]);
    }
  });

  it("has errors that name the layout and not the server", async () => {
    const url = `http://${AT}/v2/layout/manifests/sha256-1.sig`;
    const stderr = `Error: GET ${url}: ${AT}/layout@sha256:1 at ${AT} (imgsync:${PASSWORD})\n`;
    const { verify } = await verified(async () => ({ exitCode: 1, stdout: "", stderr }));
    await assert.rejects(verify(), ({ details }: ImgsyncError) => {
      assert.equal(details.code, "SIGNATURE_UNCHECKED");
      assert.match(details.message, /GET oci:mirror\/app\/manifests\/sha256-1\.sig: oci:mirror\/app@sha256:1 at oci:/);
      assert.doesNotMatch(details.message, /127\.0\.0\.1|sixty-four/);
      assert.match(details.hint ?? "", /copy the image and its signatures to a registry/);
      return true;
    });
  });

  it("is not called unsigned when the layout could not be read", async () => {
    const failure = new ImgsyncError({
      code: "CONTENT_MISMATCH",
      message: "oci:mirror/app has other content than its digest says",
      hint: "the file is damaged",
    });
    const { verify } = await verified(async () => UNSIGNED, { failure });
    await assert.rejects(verify(), ({ details }: ImgsyncError) => {
      assert.equal(details.code, "SIGNATURE_UNCHECKED");
      assert.match(details.message, /could not determine whether it is signed: oci:mirror\/app has other content/);
      assert.equal(details.hint, "the file is damaged");
      return true;
    });
  });

  it("is unchecked when nothing can listen on this machine", async () => {
    const refused = new Error('Requires net access to "127.0.0.1:0"');
    const { verify, runs } = await verified(async () => SIGNED, { serve: () => Promise.reject(refused) });
    await assert.rejects(verify(), ({ details }: ImgsyncError) => {
      assert.equal(details.code, "SIGNATURE_UNCHECKED");
      assert.match(details.message, /127\.0\.0\.1 cannot be listened on to serve the OCI layout: Requires net access/);
      assert.match(details.hint ?? "", /--allow-net=127\.0\.0\.1/);
      return true;
    });
    assert.deepEqual(runs, []);
  });
});
