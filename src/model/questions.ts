import type { AbsenceReason, Answer, TagList } from "./answer.ts";
import type { CredentialLife } from "./credential-life.ts";
import type { Descriptor } from "./descriptor.ts";
import type { LocalImage } from "./local-image.ts";
import type { ManifestContent } from "./manifest.ts";
import type { Cancellable, CredentialLives, HostFacts, LocalImages, Reader, Signatures } from "./ports.ts";
import type { Preflight, RepositoryAccess } from "./preflight.ts";
import {
  type DigestReference,
  formatReference,
  formatRepository,
  type Reference,
  type Repository,
  type TagReference,
} from "./reference.ts";
import { signatureKey } from "./signature-policy.ts";
import type { SignaturePolicy } from "./sync-manifest.ts";
import type { TagPolicy } from "./tag-policy.ts";

/** What can be asked with while a snapshot is taken. */
export type Asking = Cancellable & {
  readonly reader: Reader;
  readonly localImages: LocalImages;
  /** Without it, registries are asked nothing beyond the protocol. */
  readonly hosts?: HostFacts | undefined;
  /** Without it, it is unknown when credentials expire. */
  readonly lives?: CredentialLives | undefined;
  /** Without it, signatures are not checked. */
  readonly signatures?: Signatures | undefined;
  /** One HEAD at the source, confirmed by GET where it finds nothing. */
  readonly lookAtSource: (
    reference: Reference,
    options: Cancellable & { readonly onAbsent: (reason: AbsenceReason) => void },
  ) => Promise<Descriptor | undefined>;
  /** One HEAD at the target; where the registry refuses to say, its list of tags decides. */
  readonly lookAtTarget: (reference: Reference, options: Cancellable) => Promise<Descriptor | undefined>;
  /** The same by GET. */
  readonly lookAgain: (reference: TagReference, options: Cancellable) => Promise<Descriptor | undefined>;
  /** Reports why there is nothing, where the registry says more than that. */
  readonly onAbsent: (reason: AbsenceReason) => void;
};

/** One thing that the planner can ask. */
export type QuestionEntry<Q, V, S extends string> = {
  /** The field of the snapshot that holds its answers. */
  readonly slot: S;
  /** Equal questions have equal keys, under which the answer is kept. */
  readonly key: (question: Q) => string;
  /** Undefined: it is not there, or nothing can be asked. */
  readonly ask: (question: Q, asking: Asking) => Promise<V | undefined> | undefined;
};

/**
 * Everything that the planner can ask, with how it is asked. A new question is an entry here: the types of {@link Question}
 * and of the snapshot follow from this table, and so do asking and answering.
 */
export const QUESTIONS = {
  /** The tags of a repository: all, or as many as stand on the first pages. */
  tags: entry<{ readonly repository: Repository; readonly pages?: number }, TagList>()(
    "tags",
    ({ repository }) => formatRepository(repository),
    ({ repository, pages }, { reader, signal }) =>
      reader.listTags(repository, pages === undefined ? { signal } : { signal, pages }),
  ),
  /** Where a tag or digest points: one HEAD. */
  resolve: entry<{ readonly reference: Reference; readonly side: "source" | "target" }, Descriptor>()(
    "resolved",
    ({ reference }) => formatReference(reference),
    ({ reference, side }, { lookAtSource, lookAtTarget, onAbsent, signal }) =>
      side === "source" ? lookAtSource(reference, { signal, onAbsent }) : lookAtTarget(reference, { signal }),
  ),
  /** Whether a target tag that must not move is absent by GET too, after HEAD said so. */
  absence: entry<{ readonly reference: TagReference }, Descriptor>()(
    "absences",
    ({ reference }) => formatReference(reference),
    ({ reference }, { lookAgain, signal }) => lookAgain(reference, { signal }),
  ),
  /** What refers to a manifest. `absent`: the host cannot tell, so that only digest tags do. */
  referrers: entry<
    { readonly reference: DigestReference; readonly side: "source" | "target" },
    readonly Descriptor[]
  >()(
    "referrers",
    ({ reference }) => formatReference(reference),
    ({ reference }, { reader, signal }) => reader.listReferrers(reference, { signal }),
  ),
  /** The bytes of a manifest, by digest. */
  manifest: entry<{ readonly reference: DigestReference }, ManifestContent>()(
    "manifests",
    ({ reference }) => formatReference(reference),
    ({ reference }, { reader, signal }) => reader.readManifest(reference, { signal }),
  ),
  /** When an image was made, as its config says. `absent`: it does not say. */
  created: entry<{ readonly repository: Repository; readonly config: Descriptor }, Date>()(
    "created",
    ({ repository, config }) => formatReference({ repository, digest: config.digest }),
    ({ repository, config }, { reader, signal }) => reader.readCreated(repository, config, { signal }),
  ),
  /** Which of these tags, all that would be written there, the registry says are immutable. */
  "tag-policy": entry<{ readonly repository: Repository; readonly tags: readonly string[] }, TagPolicy>()(
    "tagPolicies",
    ({ repository }) => formatRepository(repository),
    ({ repository, tags }, { hosts, signal }) => hosts?.tagPolicy(repository, { tags, signal }),
  ),
  /** What the registry says stands in the way. */
  preflight: entry<{ readonly repository: Repository; readonly access: RepositoryAccess }, Preflight>()(
    "preflights",
    ({ repository, access }) => preflightKey(repository, access),
    ({ repository, access }, { hosts, signal }) => hosts?.preflight(repository, { access, signal }),
  ),
  /** How long what the registry is shown lives. `absent`: no end is known. */
  "credential-life": entry<{ readonly repository: Repository }, CredentialLife>()(
    "credentialLives",
    ({ repository }) => formatRepository(repository),
    ({ repository }, { lives, signal }) => lives?.find(repository, { signal }),
  ),
  /** Whether an image is signed as the manifest requires: `found` is proof. `absent`: nobody may look. */
  signature: entry<{ readonly image: DigestReference; readonly policy: SignaturePolicy }, true>()(
    "signatures",
    ({ image, policy }) => signatureKey(image, policy),
    ({ image, policy }, { signatures, signal }) => signatures?.verify(image, policy, { signal }),
  ),
  /** An image of this machine's docker, by name or ID, as the manifest has it. */
  "local-image": entry<{ readonly image: string }, LocalImage>()(
    "localImages",
    ({ image }) => image,
    ({ image }, { localImages, signal }) => localImages.find(image, { signal }),
  ),
};

/** `write HOST/PATH` */
export function preflightKey(repository: Repository, access: RepositoryAccess): string {
  return `${access} ${formatRepository(repository)}`;
}

type Table = typeof QUESTIONS;

export type QuestionKind = keyof Table;
/** What a question of this kind is about. */
export type Asked<K extends QuestionKind> = Parameters<Table[K]["key"]>[0];
/** What answers a question of this kind. */
export type Found<K extends QuestionKind> = Table[K] extends QuestionEntry<never, infer V, string> ? V : never;
export type Slot<K extends QuestionKind> = Table[K]["slot"];

/** Where the answers to one kind of question are kept. */
export type Answers<V> = ReadonlyMap<string, Answer<V>>;

/** Names the two types of an entry, and leaves the name of its slot to be inferred. */
function entry<Q, V>() {
  return <S extends string>(
    slot: S,
    key: QuestionEntry<Q, V, S>["key"],
    ask: QuestionEntry<Q, V, S>["ask"],
  ): QuestionEntry<Q, V, S> => ({ slot, key, ask });
}
