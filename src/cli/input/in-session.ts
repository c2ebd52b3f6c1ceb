import { relative } from "node:path";
import { countEntries } from "../../model/sync-manifest.ts";
import { type Session, withSession } from "../../app/session/session.ts";
import { forTerminal } from "../../text/sanitize.ts";
import { plural } from "../../reporters/words/format.ts";
import { printFindings } from "../terminal/findings.ts";
import { type Live, type LiveOptions, withLive } from "../terminal/live.ts";
import { warnOfHosts } from "../terminal/warn.ts";
import type { CommandSetup } from "./setup.ts";

/**
 * Runs work that reads registries in a session of its own, shows how far it is, and closes the session afterwards. Warnings, and findings
 * about files that the manifest refers to, go to stderr.
 */
export function inLiveSession<T>(
  setup: CommandSetup,
  options: LiveOptions,
  work: (session: Session, live: Live, setup: CommandSetup) => Promise<T>,
): Promise<T> {
  return withLive(setup, options, async (own, live) => {
    beginReading(own, live);
    const result = await printFindings(
      own,
      withSession(own, warnOfHosts(own), (session) => work(session, live, own)),
    );
    live.read();
    return result;
  });
}

/** Shows that the manifest was read, and that the registries are next. */
export function beginReading({ path, manifest }: CommandSetup, live: Live): void {
  const name = forTerminal(relative(process.cwd(), path));
  live.ended(`read ${name}: ${plural(countEntries(manifest), "entry", "entries")}`);
  live.working("reading registries");
}
