import { type DeadlineOptions, startDeadline } from "../model/deadline.ts";
import { answer } from "./answer.ts";
import { createCertainLook, createTargetLook } from "./look-at-target.ts";
import { createSourceLook } from "./look-at-source.ts";
import type { Cancellable, CredentialLives, HostFacts, LocalImages, Reader, Signatures } from "../model/ports.ts";
import { formatReference, formatRepository } from "../model/reference.ts";
import { signatureKey } from "../model/signature-policy.ts";
import { EMPTY_SNAPSHOT, preflightKey, type Question, type Snapshot } from "../model/snapshot.ts";

export type SnapshotOptions = Cancellable & {
  /** The planner: what it wants to know beyond what the snapshot holds; nothing more ends the reading. */
  readonly ask: (snapshot: Snapshot) => readonly Question[];
  readonly reader: Reader;
  readonly localImages: LocalImages;
  /** Without it registries are asked nothing beyond the protocol. */
  readonly hosts?: HostFacts;
  /** Without it nobody foresees the end of credentials. */
  readonly lives?: CredentialLives;
  /** Without it nobody looks at signatures. */
  readonly signatures?: Signatures;
  /** How long one question may take; undefined: as long as it needs. */
  readonly deadline?: DeadlineOptions;
  /** Told after each answer, for progress. */
  readonly onAnswer?: (count: { readonly answered: number; readonly asked: number }) => void;
};

/**
 * Reads what the planner asks for until it has no more questions. An answer that cannot be had is kept as such, so that one
 * registry that is down does not hide what the others say. Only an interrupted run ends early, by throwing.
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { ask, reader, localImages: images, hosts, lives, signal: run, onAnswer } = options;
  const lookAtSource = createSourceLook(reader);
  const lookAtTarget = createTargetLook(reader);
  const lookAgain = createCertainLook(reader);
  let snapshot = EMPTY_SNAPSHOT;
  let asked = 0;
  let answered = 0;
  for (let questions = ask(snapshot); questions.length > 0; questions = ask(snapshot)) {
    asked += questions.length;
    const tags = new Map(snapshot.tags);
    const resolved = new Map(snapshot.resolved);
    const absences = new Map(snapshot.absences);
    const manifests = new Map(snapshot.manifests);
    const created = new Map(snapshot.created);
    const localImages = new Map(snapshot.localImages);
    const referrers = new Map(snapshot.referrers);
    const tagPolicies = new Map(snapshot.tagPolicies);
    const preflights = new Map(snapshot.preflights);
    const credentialLives = new Map(snapshot.credentialLives);
    const signatures = new Map(snapshot.signatures);
    await Promise.all(
      questions.map(async (question) => {
        const own = options.deadline && startDeadline(run, options.deadline);
        const signal = own?.signal ?? run;
        switch (question.kind) {
          case "tags":
            tags.set(
              formatRepository(question.repository),
              await answer(reader.listTags(question.repository, { signal, ...pagesOf(question) }), run),
            );
            break;
          case "resolve":
            resolved.set(
              formatReference(question.reference),
              question.side === "source"
                ? await lookAtSource(question.reference, { signal, run })
                : await answer(lookAtTarget(question.reference, { signal }), run),
            );
            break;
          case "absence":
            absences.set(
              formatReference(question.reference),
              await answer(lookAgain(question.reference, { signal }), signal),
            );
            break;
          case "referrers":
            referrers.set(
              formatReference(question.reference),
              await answer(reader.listReferrers(question.reference, { signal }), run),
            );
            break;
          case "manifest":
            manifests.set(
              formatReference(question.reference),
              await answer(reader.readManifest(question.reference, { signal }), run),
            );
            break;
          case "created": {
            const { repository, config } = question;
            created.set(
              formatReference({ repository, digest: config.digest }),
              await answer(reader.readCreated(repository, config, { signal }), run),
            );
            break;
          }
          case "tag-policy": {
            const { repository, tags: names } = question;
            const asking = hosts?.tagPolicy(repository, { tags: names, signal });
            tagPolicies.set(formatRepository(repository), await answer(asking, run));
            break;
          }
          case "preflight": {
            const { repository, access } = question;
            const asking = hosts?.preflight(repository, { access, signal });
            preflights.set(preflightKey(repository, access), await answer(asking, run));
            break;
          }
          case "credential-life": {
            const { repository } = question;
            credentialLives.set(formatRepository(repository), await answer(lives?.find(repository, { signal }), run));
            break;
          }
          case "signature": {
            const { image, policy } = question;
            const looking = options.signatures?.verify(image, policy, { signal });
            signatures.set(signatureKey(image, policy), await answer(looking, run));
            break;
          }
          case "local-image":
            localImages.set(question.image, await answer(images.find(question.image, { signal }), run));
            break;
        }
        own?.end();
        answered += 1;
        onAnswer?.({ answered, asked });
      }),
    );
    const ofImages = { tags, resolved, absences, manifests, created, localImages, referrers, signatures };
    snapshot = { ...ofImages, tagPolicies, preflights, credentialLives };
  }
  return snapshot;
}

function pagesOf({ pages }: Question & { readonly kind: "tags" }): { readonly pages?: number } {
  return pages === undefined ? {} : { pages };
}
