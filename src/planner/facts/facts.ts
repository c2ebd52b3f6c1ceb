import type { CredentialLife } from "../../model/credential-life.ts";
import type { Descriptor } from "../../model/descriptor.ts";
import type { Digest } from "../../model/digest.ts";
import type { LocalImage } from "../../model/local-image.ts";
import type { ManifestContent } from "../../model/manifest.ts";
import type { Preflight, RepositoryAccess } from "../../model/preflight.ts";
import {
  type DigestReference,
  formatRepository,
  isDigestTag,
  type Reference,
  type Repository,
  type TagReference,
} from "../../model/reference.ts";
import type { Answer, TagList } from "../../model/answer.ts";
import type { Asked, Found, QuestionKind } from "../../model/questions.ts";
import { answerTo, keyOf, type Question, type Snapshot } from "../../model/snapshot.ts";
import type { SignaturePolicy } from "../../model/sync-manifest.ts";
import type { TagPolicy } from "../../model/tag-policy.ts";
import { defined } from "../../model/defined.ts";

/** A list is as long as its repository is large. For fewer tags, single lookups cost little. */
export const WORTH_A_LIST = 3;

/** Where a tag or digest points. The media type is only known if the reference itself was looked up. */
export type Resolved = { readonly digest: Digest; readonly mediaType?: string };

/**
 * What is known about the registries. A lookup without an answer returns undefined and notes the question. The same rules both ask and
 * decide, so the two cannot diverge.
 */
export type Facts = {
  readonly listTags: (repository: Repository) => Answer<TagList> | undefined;
  /** Like listTags, for the digests that a list carries. Reading may stop after the given number of pages. */
  readonly listDigests: (repository: Repository, pages: number) => Answer<TagList> | undefined;
  /** `destination`: where the image will be copied to, if its manifest may be read for that. */
  readonly resolve: (
    reference: Reference,
    side: "source" | "target",
    destination?: Repository,
  ) => Answer<Resolved> | undefined;
  /** Like resolve, but only by the registry's answer about this reference: a tag list does not replace it. */
  readonly lookUp: (reference: Reference, side: "source" | "target") => Answer<Resolved> | undefined;
  /** Looks up a target tag by GET, if the tag must not move and appears to be absent. */
  readonly confirmAbsence: (reference: TagReference) => Answer<Resolved> | undefined;
  /** The media type of a reference, if known already. Asks nothing. */
  readonly knownType: (reference: Reference) => string | undefined;
  readonly readManifest: (reference: DigestReference) => Answer<ManifestContent> | undefined;
  /** When an image was uploaded, according to a list that is known already. Asks nothing. */
  readonly uploadedAt: (reference: DigestReference) => Date | undefined;
  /** The build time of an image, according to its config. */
  readonly readCreated: (repository: Repository, config: Descriptor) => Answer<Date> | undefined;
  readonly findLocalImage: (image: string) => Answer<LocalImage> | undefined;
  readonly listReferrers: (
    reference: DigestReference,
    side: "source" | "target",
  ) => Answer<readonly Descriptor[]> | undefined;
  /** The tags of a repository that are made of a digest. */
  readonly digestTags: (repository: Repository) => Answer<ReadonlySet<string>> | undefined;
  /** Asked once per repository, with all tags in question. */
  readonly tagPolicy: (repository: Repository, tags: readonly string[]) => Answer<TagPolicy> | undefined;
  readonly signature: (image: DigestReference, policy: SignaturePolicy) => Answer<true> | undefined;
  readonly preflight: (repository: Repository, access: RepositoryAccess) => Answer<Preflight> | undefined;
  readonly credentialLife: (repository: Repository) => Answer<CredentialLife> | undefined;
  /** The open questions without duplicates, in the order in which they arose. */
  readonly questions: () => readonly Question[];
};

/** Reads facts from a snapshot. */
export function createFacts(snapshot: Snapshot): Facts {
  const open = new Map<string, Question>();
  const fromList = createListLookup(snapshot.tags);
  const note = (question: Question): undefined => {
    const name = `${question.kind} ${keyOf(question)}`;
    if (!open.has(name)) open.set(name, question);
    return undefined;
  };
  const listTags: Facts["listTags"] = (repository) => {
    const question = { kind: "tags", repository } as const;
    const known = answerTo(snapshot, question);
    const isWhole = known !== undefined && !(known.kind === "found" && known.value.isPartial === true);
    return isWhole ? known : note(question);
  };
  const find = <K extends QuestionKind>(question: { readonly kind: K } & Asked<K>): Answer<Found<K>> | undefined =>
    // a kind with its parameters is a Question
    answerTo(snapshot, question) ?? note(question as unknown as Question);
  const lookUp: Facts["lookUp"] = (reference, side) => find({ kind: "resolve", reference, side });
  const digestTags = new Map<string, ReadonlySet<string>>();
  return {
    listTags,
    listDigests: (repository, pages) => find({ kind: "tags", repository, pages }),
    digestTags: (repository) => {
      const list = listTags(repository);
      if (list?.kind !== "found") return list;
      const key = formatRepository(repository);
      const known = digestTags.get(key) ?? new Set(list.value.tags.filter(isDigestTag));
      digestTags.set(key, known);
      return { kind: "found", value: known };
    },
    listReferrers: (reference, side) => find({ kind: "referrers", reference, side }),
    lookUp,
    resolve: (reference, side, destination) => {
      const question = { kind: "resolve", reference, side, ...defined({ destination }) } as const;
      return answerTo(snapshot, question) ?? fromList(reference) ?? note(question);
    },
    confirmAbsence: (reference) => find({ kind: "absence", reference }),
    knownType: (reference) => {
      const answer = answerTo(snapshot, { kind: "resolve", reference, side: "source" });
      return answer?.kind === "found" ? answer.value.mediaType : undefined;
    },
    readManifest: (reference) => find({ kind: "manifest", reference }),
    uploadedAt: ({ repository, digest }) => {
      const list = answerTo(snapshot, { kind: "tags", repository });
      return list?.kind === "found" ? list.value.images?.get(digest)?.updated : undefined;
    },
    readCreated: (repository, config) => find({ kind: "created", repository, config }),
    findLocalImage: (image) => find({ kind: "local-image", image }),
    tagPolicy: (repository, tags) => find({ kind: "tag-policy", repository, tags }),
    signature: (image, policy) => find({ kind: "signature", image, policy }),
    preflight: (repository, access) => find({ kind: "preflight", repository, access }),
    credentialLife: (repository) => find({ kind: "credential-life", repository }),
    questions: () => [...open.values()],
  };
}

/** A list with digests says where each of its tags points, and which tags are absent. */
function createListLookup(lists: Snapshot["tags"]): (reference: Reference) => Answer<Resolved> | undefined {
  const names = new Map<string, ReadonlySet<string>>();
  return ({ repository, tag, digest }) => {
    const key = formatRepository(repository);
    const list = lists.get(key);
    if (list?.kind !== "found" || list.value.digests === undefined) return undefined;
    if (tag === undefined || digest !== undefined) return undefined;
    const listed = list.value.digests.get(tag);
    if (listed !== undefined) return { kind: "found", value: { digest: listed } };
    if (list.value.isPartial === true) return undefined;
    const known = names.get(key) ?? new Set(list.value.tags);
    names.set(key, known);
    return known.has(tag) ? undefined : { kind: "absent" };
  };
}
