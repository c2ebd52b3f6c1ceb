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

/** The means to answer questions while a snapshot is taken. */
export type Asking = Cancellable & {
  readonly reader: Reader;
  readonly localImages: LocalImages;
  /** Without it, registries are only queried through the distribution protocol. */
  readonly hosts?: HostFacts | undefined;
  /** Without it, the expiry of credentials is unknown. */
  readonly lives?: CredentialLives | undefined;
  /** Without it, signatures are not checked. */
  readonly signatures?: Signatures | undefined;
  /** Sends one HEAD to the source, and confirms an absence by GET. If `destination` has no tags, GET alone answers. */
  readonly lookAtSource: (
    reference: Reference,
    options: Cancellable & {
      readonly onAbsent: (reason: AbsenceReason) => void;
      readonly destination?: Repository | undefined;
    },
  ) => Promise<Descriptor | undefined>;
  /** Sends one HEAD to the target. If the registry refuses to answer, its tag list decides. */
  readonly lookAtTarget: (reference: Reference, options: Cancellable) => Promise<Descriptor | undefined>;
  /** Looks at the target by GET. */
  readonly lookAgain: (reference: TagReference, options: Cancellable) => Promise<Descriptor | undefined>;
  /** Reports why something is absent, if the registry says more than that. */
  readonly onAbsent: (reason: AbsenceReason) => void;
};

/** One kind of question. */
export type QuestionEntry<Q, V, S extends string> = {
  /** The field of the snapshot that holds the answers. */
  readonly slot: S;
  /** The key of the answer. Equal questions have equal keys. */
  readonly key: (question: Q) => string;
  /** Undefined: absent, or the question cannot be asked here. */
  readonly ask: (question: Q, asking: Asking) => Promise<V | undefined> | undefined;
};

/**
 * All questions that the planner can ask, and how each is answered. A new question is an entry here: the types of {@link Question} and of
 * the snapshot derive from this table, as do asking and answering.
 */
export const QUESTIONS = {
  /** The tags of a repository: all, or those of the first pages. */
  tags: entry<{ readonly repository: Repository; readonly pages?: number }, TagList>()(
    "tags",
    ({ repository }) => formatRepository(repository),
    ({ repository, pages }, { reader, signal }) =>
      reader.listTags(repository, pages === undefined ? { signal } : { signal, pages }),
  ),
  /** Where a tag or digest points, by one HEAD. `destination`: where a source is copied to, and that its manifest may be read. */
  resolve: entry<
    { readonly reference: Reference; readonly side: "source" | "target"; readonly destination?: Repository },
    Descriptor
  >()(
    "resolved",
    ({ reference }) => formatReference(reference),
    ({ reference, side, destination }, { lookAtSource, lookAtTarget, onAbsent, signal }) =>
      side === "source"
        ? lookAtSource(reference, { signal, onAbsent, destination })
        : lookAtTarget(reference, { signal }),
  ),
  /** Whether GET confirms that a target tag that must not move is absent, after HEAD said so. */
  absence: entry<{ readonly reference: TagReference }, Descriptor>()(
    "absences",
    ({ reference }) => formatReference(reference),
    ({ reference }, { lookAgain, signal }) => lookAgain(reference, { signal }),
  ),
  /** The referrers of a manifest. `absent`: the host does not support the query, so only digest tags are found. */
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
  /** The build time of an image, according to its config. `absent`: the config does not say. */
  created: entry<{ readonly repository: Repository; readonly config: Descriptor }, Date>()(
    "created",
    ({ repository, config }) => formatReference({ repository, digest: config.digest }),
    ({ repository, config }, { reader, signal }) => reader.readCreated(repository, config, { signal }),
  ),
  /** Which of the tags that would be written are immutable, according to the registry. */
  "tag-policy": entry<{ readonly repository: Repository; readonly tags: readonly string[] }, TagPolicy>()(
    "tagPolicies",
    ({ repository }) => formatRepository(repository),
    ({ repository, tags }, { hosts, signal }) => hosts?.tagPolicy(repository, { tags, signal }),
  ),
  /** What prevents the copy, according to the registry. */
  preflight: entry<{ readonly repository: Repository; readonly access: RepositoryAccess }, Preflight>()(
    "preflights",
    ({ repository, access }) => preflightKey(repository, access),
    ({ repository, access }, { hosts, signal }) => hosts?.preflight(repository, { access, signal }),
  ),
  /** The remaining lifetime of the registry's credential. `absent`: its expiry is unknown. */
  "credential-life": entry<{ readonly repository: Repository }, CredentialLife>()(
    "credentialLives",
    ({ repository }) => formatRepository(repository),
    ({ repository }, { lives, signal }) => lives?.find(repository, { signal }),
  ),
  /** Whether an image is signed as the manifest requires. `found` is proof. `absent`: signatures are not checked here. */
  signature: entry<{ readonly image: DigestReference; readonly policy: SignaturePolicy }, true>()(
    "signatures",
    ({ image, policy }) => signatureKey(image, policy),
    ({ image, policy }, { signatures, signal }) => signatures?.verify(image, policy, { signal }),
  ),
  /** An image of this machine's docker, by name or ID, as written in the manifest. */
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
/** The parameters of a question of this kind. */
export type Asked<K extends QuestionKind> = Parameters<Table[K]["key"]>[0];
/** The answer to a question of this kind. */
export type Found<K extends QuestionKind> = Table[K] extends QuestionEntry<never, infer V, string> ? V : never;
export type Slot<K extends QuestionKind> = Table[K]["slot"];

/** The answers to one kind of question, by key. */
export type Answers<V> = ReadonlyMap<string, Answer<V>>;

/** Curried, so that the slot's name is inferred while the two other types are given. */
function entry<Q, V>() {
  return <S extends string>(
    slot: S,
    key: QuestionEntry<Q, V, S>["key"],
    ask: QuestionEntry<Q, V, S>["ask"],
  ): QuestionEntry<Q, V, S> => ({ slot, key, ask });
}
