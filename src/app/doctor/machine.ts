import { isTooOld, readVersion } from "../../programs/cosign/version.ts";
import { type Exec, ProgramError } from "../../programs/exec.ts";
import { toErrorDetails } from "../../model/error.ts";
import type { Check, CheckGroup } from "../../model/check.ts";
import { defined } from "../../model/defined.ts";

export type MachineRequest = {
  readonly exec: Exec;
  /** `docker`, or its configured replacement. */
  readonly dockerCommand: string;
  readonly needs: {
    readonly docker: boolean;
    readonly gcloud: boolean;
    readonly cosign: boolean;
    readonly helpers: readonly string[];
  };
  readonly signal: AbortSignal;
};

const TIMEOUT_MS = 30_000;

/** Checks which of the programs that imgsync may run are installed, and whether docker's daemon answers. */
export async function checkMachine(request: MachineRequest): Promise<CheckGroup> {
  const { dockerCommand, needs } = request;
  const [docker, gcloud, crictl, ...others] = await Promise.all([
    checkDocker(request),
    checkProgram("gcloud", needs.gcloud, "only auth: { gcloud: true } needs it", request).then(({ check }) => check),
    checkProgram("crictl", false, "only needed by imgsync pull on nodes", request).then(({ check }) => check),
    ...(needs.cosign ? [checkCosign(request)] : []),
    ...needs.helpers.map((name) => checkHelper(`docker-credential-${name}`, request)),
  ]);
  return { about: "this machine", checks: [{ ...docker, name: dockerCommand }, gcloud, crictl, ...others] };
}

async function checkDocker(request: MachineRequest): Promise<Check> {
  const { dockerCommand, exec, needs, signal } = request;
  const use = "only needed for engine: docker and docker-daemon: sources";
  const { check: program, isThere } = await checkProgram(dockerCommand, needs.docker, use, request);
  if (program.status !== "ok" || !isThere) return program;
  try {
    const format = ["version", "--format", "{{.Server.Version}}"];
    const { exitCode, stdout } = await exec(dockerCommand, format, { timeoutMs: TIMEOUT_MS, signal });
    const version = firstLine(stdout);
    if (exitCode === 0 && version !== "")
      return { ...program, message: `${program.message}; its daemon answers (${version})` };
  } catch (thrown) {
    if (!(thrown instanceof ProgramError)) throw thrown;
  }
  const status = needs.docker ? "problem" : "ok";
  const message = `${program.message}; its daemon does not answer${needs.docker ? "" : `, and ${use}`}`;
  return {
    ...program,
    status,
    message,
    ...(needs.docker ? { hint: "start it, or check DOCKER_HOST and docker context ls" } : {}),
  };
}

async function checkProgram(
  name: string,
  isNeeded: boolean,
  use: string,
  { exec, signal }: Pick<MachineRequest, "exec" | "signal">,
): Promise<{ readonly check: Check; readonly isThere: boolean }> {
  try {
    const { exitCode, stdout } = await exec(name, ["--version"], { timeoutMs: TIMEOUT_MS, signal });
    if (exitCode === 0) return { check: { name, status: "ok", message: firstLine(stdout) }, isThere: true };
    const message = `"${name} --version" failed with exit code ${exitCode}`;
    const status = isNeeded ? "problem" : "warning";
    return { check: { name, status, message, hint: "run it by hand" }, isThere: true };
  } catch (thrown) {
    if (!(thrown instanceof ProgramError)) throw thrown;
    const { message, hint } = toErrorDetails(thrown);
    if (!isNeeded && thrown.problem === "missing")
      return { check: { name, status: "ok", message: `not installed; ${use}` }, isThere: false };
    if (!isNeeded && thrown.problem === "denied")
      return { check: { name, status: "ok", message: `${message}; ${use}` }, isThere: false };
    const status = isNeeded ? "problem" : "warning";
    return { check: { name, status, message, ...defined({ hint }) }, isThere: false };
  }
}

/** Only called if the manifest requires signatures; nothing else runs cosign. */
async function checkCosign({ exec, signal }: MachineRequest): Promise<Check> {
  const name = "cosign";
  try {
    const { exitCode, stdout } = await exec(name, ["version", "--json"], { timeoutMs: TIMEOUT_MS, signal });
    if (exitCode !== 0)
      return {
        name,
        status: "problem",
        message: `"cosign version" failed with exit code ${exitCode}`,
        hint: "run it by hand",
      };
    const version = readVersion(stdout) ?? "of unknown version";
    return isTooOld(stdout)
      ? { name, status: "problem", message: `cosign ${version} is older than version 2`, hint: "update it" }
      : { name, status: "ok", message: `cosign ${version}` };
  } catch (thrown) {
    if (!(thrown instanceof ProgramError)) throw thrown;
    const { message, problem, hint } = thrown;
    return { name, status: "problem", message, hint: problem === "missing" ? "install cosign 2 or newer" : hint };
  }
}

/** Helpers have no version flag. Whether one works for a host is part of the credentials check of that host. */
async function checkHelper(name: string, { exec, signal }: MachineRequest): Promise<Check> {
  try {
    await exec(name, ["list"], { timeoutMs: TIMEOUT_MS, signal });
    return { name, status: "ok", message: "is on the PATH" };
  } catch (thrown) {
    if (!(thrown instanceof ProgramError)) throw thrown;
    const { message, problem, hint } = thrown;
    const remedy = problem === "missing" ? "install it, or change the auth that names it" : hint;
    return { name, status: "problem", message, hint: remedy };
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.trim() ?? "";
}
