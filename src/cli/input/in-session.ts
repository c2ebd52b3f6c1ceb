import { type Session, withSession } from "../../app/session/session.ts";
import { printFindings } from "../terminal/findings.ts";
import { warnOfHosts } from "../terminal/warn.ts";
import type { CommandSetup } from "./setup.ts";

/** The work's result, with a session that is closed after it. Warnings, and what is wrong with files that the manifest names, go to stderr. */
export function inSession<T>(setup: CommandSetup, work: (session: Session) => Promise<T>): Promise<T> {
  return printFindings(setup, withSession(setup, warnOfHosts(setup), work));
}
