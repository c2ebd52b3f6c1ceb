import { type Command, Option } from "commander";
import { ImgsyncError } from "../../model/error.ts";
import type { Change } from "../../model/plan.ts";
import {
  formatRepository,
  isProblem,
  parseReference,
  type Repository,
  type TagReference,
} from "../../model/reference.ts";
import { explain, type Explanation, patternsConcerned } from "../../planner/explain.ts";
import { EXPLAIN_TAG_FORMATS, type ExplainTagFormat, type TagExplanation } from "../../reporters/explain-tag.ts";
import { systemClock } from "../../async/system-clock.ts";
import { type Context, renderOptionsFor } from "../terminal/context.ts";
import { EXIT } from "../terminal/exit-code.ts";
import { lookNow } from "../make-plan.ts";
import { addManifestOptions, addNetworkOptions, type ManifestFlags, type NetworkFlags } from "../terminal/options.ts";
import type { Run } from "../terminal/run.ts";
import { openSession, readSetup, type Session } from "../session.ts";
import { warn } from "../terminal/warn.ts";

type Flags = ManifestFlags & NetworkFlags & { readonly format: ExplainTagFormat };

const EXAMPLES = `
Examples:
  imgsync explain registry.example.com/team/app:v1    a target tag
  imgsync explain docker.io/library/nginx:1.27.3      a source tag
`;

export function addExplain(program: Command, run: Run): void {
  const command = program
    .command("explain")
    .summary("tell why a tag is synced or not")
    .description(
      "Tells why a tag is selected or dropped, which rule decides about it, what the plan makes of it, and where its credentials come from. Writes to no registry.",
    )
    .argument("<reference>", "HOST/REPOSITORY:TAG of a target or a source")
    .addOption(
      new Option("--format <format>", "how it is printed").choices(Object.keys(EXPLAIN_TAG_FORMATS)).default("text"),
    )
    .addHelpText("after", EXAMPLES);
  addNetworkOptions(addManifestOptions(command)).action(
    run((context: Context, flags: Flags, reference = "") => explainTag(context, flags, reference)),
  );
}

async function explainTag(context: Context, flags: Flags, text: string): Promise<number> {
  const asked = readTag(text);
  const setup = await readSetup(context, flags);
  if (setup === undefined) return EXIT.failed;
  const session = await openSession(setup, (message, host) => warn(context, setup.look, `${host}: ${message}`));
  try {
    const only = patternsConcerned(setup.manifest, asked);
    // no pattern at all would be a plan of everything
    const look = await lookNow(
      { ...session, manifest: concerned(session, only) },
      {
        only,
        sizes: false,
        isLookOnly: true,
      },
    );
    const found = explain(setup.manifest, asked, look);
    const credentials = await explainCredentials(session, found);
    const options = renderOptionsFor(context, "stdout", setup.look);
    context.stdout.write(EXPLAIN_TAG_FORMATS[flags.format]({ ...found, credentials }, options));
    return isKnown(found, credentials) ? EXIT.done : EXIT.failed;
  } finally {
    await session.close();
  }
}

function concerned({ manifest }: Session, only: readonly string[]): Session["manifest"] {
  return only.length === 0 ? { ...manifest, entries: [] } : manifest;
}

function readTag(text: string): TagReference {
  const reference = parseReference(text);
  if (isProblem(reference)) {
    const { problem, hint } = reference;
    throw new ImgsyncError({ code: "USAGE", message: problem, ...(hint === undefined ? {} : { hint }) });
  }
  const { repository, tag, digest } = reference;
  if (tag !== undefined && digest === undefined) return { repository, tag };
  throw new ImgsyncError({
    code: "USAGE",
    message: `"${text}" is not a tag`,
    hint: "write HOST/REPOSITORY:TAG of a target or of a source",
  });
}

async function explainCredentials(session: Session, { targets }: Explanation): Promise<TagExplanation["credentials"]> {
  const { chain } = session.registries;
  const changes = targets.flatMap(({ change }) => (change === undefined ? [] : [change]));
  const places = [
    ...changes.flatMap((change) => sourceOf(change).map((repository) => ({ side: "source" as const, repository }))),
    ...changes.map(({ target }) => ({ side: "target" as const, repository: target.repository })),
  ];
  const distinct = new Map(places.map((one) => [`${one.side} ${formatRepository(one.repository)}`, one]));
  const { signal } = session.context.interruption;
  return Promise.all(
    [...distinct.values()].map(async ({ side, repository }) => ({
      side,
      place: formatRepository(repository),
      steps: await chain.explain(repository, { signal }),
      now: systemClock.now(),
    })),
  );
}

function sourceOf({ source }: Change): readonly Repository[] {
  return source.kind === "registry" ? [source.reference.repository] : [];
}

/** The answer may well be that nobody wishes the tag; it is none where something could not be read. */
function isKnown({ targets, wishes }: Explanation, credentials: TagExplanation["credentials"]): boolean {
  return (
    wishes.every(({ outcome }) => outcome.kind !== "unknown") &&
    targets.every(({ change }) => change?.action !== "error") &&
    credentials.every(({ steps }) => steps.every(({ outcome }) => outcome.kind !== "failed"))
  );
}
