import { type Session, withSession } from "../../app/session/session.ts";
import { printFindings } from "../terminal/findings.ts";
import { warnOfHosts } from "../terminal/warn.ts";
import type { CommandSetup } from "./setup.ts";

/** Runs work with a session and closes it afterwards. Warnings, and findings about files that the manifest refers to, go to stderr. */
export function inSession<T>(setup: CommandSetup, work: (session: Session) => Promise<T>): Promise<T> {
  return printFindings(setup, withSession(setup, warnOfHosts(setup), work));
}
