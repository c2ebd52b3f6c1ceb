import { type Digest, digestOf, isDigest } from "../../../src/model/digest.ts";
import type { CredentialLife } from "../../../src/model/credential-life.ts";
import type { Descriptor } from "../../../src/model/descriptor.ts";
import type { ListedImage } from "../../../src/model/image-list.ts";
import type { ErrorDetails } from "../../../src/model/error.ts";
import { type ManifestContent, MEDIA_TYPES } from "../../../src/model/manifest.ts";
import { formatReference, formatRepository } from "../../../src/model/reference.ts";
import { describeSigner, signatureKey } from "../../../src/model/signature-policy.ts";
import type { Answer, TagList } from "../../../src/model/answer.ts";
import { preflightKey } from "../../../src/model/questions.ts";
import { EMPTY_SNAPSHOT, type Question, type Snapshot } from "../../../src/model/snapshot.ts";
import type { Preflight } from "../../../src/model/preflight.ts";
import type { TagPolicy } from "../../../src/model/tag-policy.ts";
import type { SyncManifest } from "../../../src/model/sync-manifest.ts";
import type { PlanOptions } from "../../../src/planner/facts/plan-options.ts";
import { nextQuestions } from "../../../src/planner/questions.ts";

type Failure = { readonly error: ErrorDetails };

/**
 * The answers of the registries, in a form to write by hand. A digest may be a word ("one"), which stands for the digest of
 * that word; null means absent. A question without an answer here fails the test, with these exceptions: a list of tags is
 * empty, a host does not list referrers, GET finds no more than HEAD, a source has every digest, and preflights and
 * credential lives are absent.
 */
export type World = {
  /** Per `host/path@word`: the digests that refer to it. */
  readonly referrers?: Readonly<Record<string, readonly string[] | Failure | null>>;
  /** Per repository: its tags, or tags with digests. */
  readonly tags?: Readonly<
    Record<
      string,
      | readonly string[]
      | {
          readonly digests: Readonly<Record<string, string>>;
          readonly isPartial?: true;
          /** The upload time of each digest, by its word. */
          readonly uploaded?: Readonly<Record<string, string>>;
        }
      | Failure
      | null
    >
  >;
  /** Per `host/path:tag` or `host/path@word`. `type` is a key of MEDIA_TYPES. */
  readonly resolved?: Readonly<
    Record<string, string | { readonly digest: string; readonly type: string } | Failure | null>
  >;
  /** Per `host/path:tag` that HEAD reports as absent: the result of GET. */
  readonly absences?: Readonly<Record<string, string | Failure | null>>;
  /** Per `host/path@word`. */
  readonly manifests?: Readonly<Record<string, { readonly type: string; readonly json: unknown } | Failure | null>>;
  /** Per `host/path@word` of a config: the creation time of the image. */
  readonly created?: Readonly<Record<string, string | Failure | null>>;
  /** Per repository. */
  readonly tagPolicies?: Readonly<Record<string, TagPolicy | Failure | null>>;
  /** Per `read host/path` or `write host/path`; there is no obstacle if it is left out. */
  readonly preflights?: Readonly<Record<string, Preflight | Failure | null>>;
  /** Per repository; the lifetime is unknown if it is left out. */
  readonly credentialLives?: Readonly<Record<string, CredentialLife | Failure | null>>;
  /** Per `host/path@word`, for any signer. */
  readonly signatures?: Readonly<Record<string, "signed" | Failure | null>>;
  /** Per name or ID. `descriptor` is set in containerd's image store. */
  readonly localImages?: Readonly<
    Record<string, { readonly id: string; readonly descriptor?: string; readonly bytes?: number } | Failure | null>
  >;
};

export function digestNamed(word: string): Digest {
  return isDigest(word) ? word : digestOf(word);
}

/** Asks in rounds, as the executor does, until no question is left; `asked` has a line for each question. */
export function answerAll(
  manifest: SyncManifest,
  world: World,
  options: PlanOptions,
): { readonly snapshot: Snapshot; readonly asked: readonly string[] } {
  const known = toSnapshot(world);
  let snapshot = EMPTY_SNAPSHOT;
  const asked: string[] = [];
  for (let round = 1; ; round += 1) {
    const questions = nextQuestions(manifest, snapshot, options);
    if (questions.length === 0) return { snapshot, asked };
    const lines = questions.map(describe);
    const repeated = lines.filter((line) => asked.some((earlier) => earlier.endsWith(` ${line}`)));
    if (repeated.length > 0) throw new Error(`asked again: ${repeated.join(", ")}`);
    asked.push(...lines.map((line) => `${round} ${line}`));
    snapshot = questions.reduce((sofar, question) => answer(sofar, question, known), snapshot);
  }
}

function answer(snapshot: Snapshot, question: Question, known: Snapshot): Snapshot {
  switch (question.kind) {
    case "tags": {
      const key = formatRepository(question.repository);
      return { ...snapshot, tags: new Map(snapshot.tags).set(key, known.tags.get(key) ?? EMPTY_LIST) };
    }
    case "resolve": {
      const key = formatReference(question.reference);
      const { digest } = question.reference;
      const isImageOfSource = question.side === "source" && digest !== undefined && !known.resolved.has(key);
      const found: Answer<Descriptor> = isImageOfSource
        ? { kind: "found", value: { digest, mediaType: MEDIA_TYPES.ociManifest, size: 1 } }
        : find(known.resolved, key);
      return { ...snapshot, resolved: new Map(snapshot.resolved).set(key, found) };
    }
    case "absence": {
      const key = formatReference(question.reference);
      return {
        ...snapshot,
        absences: new Map(snapshot.absences).set(key, known.absences.get(key) ?? { kind: "absent" }),
      };
    }
    case "referrers": {
      const key = formatReference(question.reference);
      return {
        ...snapshot,
        referrers: new Map(snapshot.referrers).set(key, known.referrers.get(key) ?? { kind: "absent" }),
      };
    }
    case "manifest": {
      const key = formatReference(question.reference);
      return { ...snapshot, manifests: new Map(snapshot.manifests).set(key, find(known.manifests, key)) };
    }
    case "created": {
      const key = formatReference({ repository: question.repository, digest: question.config.digest });
      return { ...snapshot, created: new Map(snapshot.created).set(key, find(known.created, key)) };
    }
    case "tag-policy": {
      const key = formatRepository(question.repository);
      return { ...snapshot, tagPolicies: new Map(snapshot.tagPolicies).set(key, find(known.tagPolicies, key)) };
    }
    case "preflight": {
      const key = preflightKey(question.repository, question.access);
      const answer = known.preflights.get(key) ?? { kind: "absent" };
      return { ...snapshot, preflights: new Map(snapshot.preflights).set(key, answer) };
    }
    case "credential-life": {
      const key = formatRepository(question.repository);
      const answer = known.credentialLives.get(key) ?? { kind: "absent" };
      return { ...snapshot, credentialLives: new Map(snapshot.credentialLives).set(key, answer) };
    }
    case "signature": {
      const { image, policy } = question;
      const answer = find(known.signatures, formatReference(image));
      return { ...snapshot, signatures: new Map(snapshot.signatures).set(signatureKey(image, policy), answer) };
    }
    case "local-image": {
      const { image } = question;
      return { ...snapshot, localImages: new Map(snapshot.localImages).set(image, find(known.localImages, image)) };
    }
    default:
      throw new Error("no such question");
  }
}

const EMPTY_LIST: Answer<TagList> = { kind: "found", value: { tags: [], skipped: 0 } };

function find<T>(answers: ReadonlyMap<string, Answer<T>>, key: string): Answer<T> {
  const answer = answers.get(key);
  if (answer === undefined) throw new Error(`the case does not say what "${key}" is`);
  return answer;
}

function describe(question: Question): string {
  if (question.kind === "local-image") return `local-image ${question.image}`;
  if (question.kind === "tag-policy")
    return `tag-policy ${formatRepository(question.repository)}:${question.tags.join(",")}`;
  if (question.kind === "preflight") return `preflight ${preflightKey(question.repository, question.access)}`;
  if (question.kind === "signature")
    return `signature ${formatReference(question.image)} by ${describeSigner(question.policy)}`;
  if (question.kind === "credential-life") return `credential-life ${formatRepository(question.repository)}`;
  if (question.kind === "tags") return `tags ${formatRepository(question.repository)}${upTo(question.pages)}`;
  if (question.kind === "created") return `created ${formatRepository(question.repository)}@${question.config.digest}`;
  const reference = formatReference(question.reference);
  if (question.kind === "manifest" || question.kind === "absence") return `${question.kind} ${reference}`;
  return `${question.kind} ${question.side} ${reference}`;
}

function upTo(pages: number | undefined): string {
  return pages === undefined ? "" : `, at most ${pages} pages`;
}

function toSnapshot(world: World): Snapshot {
  const { tags = {}, resolved = {}, absences = {}, manifests = {}, localImages = {}, referrers = {} } = world;
  const { tagPolicies = {}, preflights = {}, credentialLives = {}, created = {}, signatures = {} } = world;
  return {
    created: mapAnswers(created, (time) => new Date(time)),
    tagPolicies: mapAnswers(tagPolicies, (policy): TagPolicy => policy),
    preflights: mapAnswers(preflights, (preflight): Preflight => preflight),
    credentialLives: mapAnswers(credentialLives, (life): CredentialLife => life),
    signatures: mapAnswers(signatures, (): true => true),
    referrers: mapAnswers(referrers, (words): readonly Descriptor[] =>
      words.map((word) => ({ mediaType: MEDIA_TYPES.ociManifest, digest: digestNamed(word), size: 1 })),
    ),
    tags: mapAnswers(tags, (list): TagList => {
      if (!("digests" in list)) return { tags: list, skipped: 0 };
      const digests = new Map(Object.entries(list.digests).map(([tag, word]) => [tag, digestNamed(word)]));
      const images = Object.entries(list.uploaded ?? {}).map(([word, time]): [Digest, ListedImage] => {
        const digest = digestNamed(word);
        return [digest, { digest, tags: [], updated: new Date(time) }];
      });
      return {
        tags: [...digests.keys()],
        skipped: 0,
        digests,
        ...(list.isPartial && { isPartial: true }),
        ...(images.length > 0 && { images: new Map(images) }),
      };
    }),
    absences: mapAnswers(absences, (word) => ({
      digest: digestNamed(word),
      mediaType: MEDIA_TYPES.ociManifest,
      size: 1,
    })),
    resolved: mapAnswers(resolved, (value) => {
      const { digest, type } = typeof value === "string" ? { digest: value, type: "ociManifest" } : value;
      return { digest: digestNamed(digest), mediaType: mediaTypeNamed(type), size: 1 };
    }),
    manifests: mapAnswers(manifests, ({ type, json }, key): ManifestContent => {
      const bytes = new TextEncoder().encode(JSON.stringify(json, nameDigests));
      const digest = digestNamed(key.slice(key.indexOf("@") + 1));
      return { bytes, descriptor: { mediaType: mediaTypeNamed(type), digest, size: bytes.byteLength } };
    }),
    localImages: mapAnswers(localImages, ({ id, descriptor, bytes }) => ({
      id: digestNamed(id),
      ...(descriptor === undefined
        ? {}
        : { descriptor: { digest: digestNamed(descriptor), mediaType: MEDIA_TYPES.ociIndex } }),
      ...(bytes === undefined ? {} : { bytes }),
      names: [],
    })),
  };
}

function mapAnswers<T extends object | string, U>(
  record: Readonly<Record<string, T | Failure | null>>,
  convert: (value: T, key: string) => U,
): ReadonlyMap<string, Answer<U>> {
  return new Map(
    Object.entries(record).map(([key, value]): [string, Answer<U>] => [
      key.replace(/@(.*)$/, (_, word: string) => `@${digestNamed(word)}`),
      value === null
        ? { kind: "absent" }
        : isFailure(value)
          ? { kind: "failed", error: value.error }
          : { kind: "found", value: convert(value, key) },
    ]),
  );
}

function isFailure(value: object | string): value is Failure {
  return typeof value === "object" && "error" in value;
}

function mediaTypeNamed(name: string): string {
  return new Map(Object.entries(MEDIA_TYPES)).get(name) ?? name;
}

function nameDigests(key: string, value: unknown): unknown {
  const isDigestKey = key === "digest" || key === "vnd.docker.reference.digest";
  return isDigestKey && typeof value === "string" ? digestNamed(value) : value;
}
