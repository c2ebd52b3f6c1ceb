import { type Answer, answer, encode, errorAnswer } from "./answer.ts";

/** Products with immutable tags, each with its own refusal. `ecr-2025` and `nexus-3` are newer wordings. */
export const PRODUCTS = [
  "artifact-registry",
  "ecr",
  "ecr-2025",
  "harbor",
  "docker-hub",
  "quay",
  "acr",
  "gitlab",
  "nexus",
  "nexus-3",
  "jfrog",
  "alibaba",
  "msr",
] as const;

export type Product = (typeof PRODUCTS)[number];

export type Immutability = {
  readonly product: Product;
  /** Repositories in which all tags are immutable, or a predicate. */
  readonly repositories: readonly string[] | ((repository: string, tag: string) => boolean);
};

type Wording = {
  readonly status: number;
  /** Undefined: the product answers plain text. */
  readonly code?: string;
  readonly text: (repository: string, tag: string) => string;
  /** Whether even the same digest is refused, because the product checks only the name of the tag. */
  readonly refusesSameDigest: boolean;
};

/** The refusal of an existing tag by each product. The statuses of gitlab, jfrog, alibaba, msr and acr are assumed. */
const WORDINGS: Readonly<Record<Product, Wording>> = {
  "artifact-registry": {
    status: 400,
    code: "MANIFEST_INVALID",
    text: (_, tag) => `cannot update tag ${tag}. The repository has enabled tag immutability`,
    refusesSameDigest: false,
  },
  ecr: {
    status: 400,
    code: "TAG_INVALID",
    text: (repository, tag) => `${ecrTag(repository, tag)} because the repository is immutable.`,
    refusesSameDigest: false,
  },
  "ecr-2025": {
    status: 400,
    code: "TAG_INVALID",
    text: (repository, tag) => `${ecrTag(repository, tag)} because the tag is immutable.`,
    refusesSameDigest: false,
  },
  harbor: {
    status: 412,
    code: "PRECONDITION",
    text: (repository, tag) => `Failed to process request due to '${repository}:${tag}' configured as immutable.`,
    refusesSameDigest: true,
  },
  "docker-hub": {
    status: 403,
    code: "DENIED",
    text: () =>
      "requested access to the resource is denied - This tag is already assigned to an image in this repository and " +
      "cannot be updated due to immutability settings. To push this image, use a different tag.",
    refusesSameDigest: true,
  },
  quay: {
    status: 409,
    code: "TAG_IMMUTABLE",
    text: () => "tag is immutable and cannot be overwritten",
    refusesSameDigest: true,
  },
  acr: {
    status: 405,
    code: "REGISTRY_DISALLOWED_OPERATION",
    text: () =>
      "The operation is disallowed on this registry, repository or image. " +
      "View troubleshooting steps at https://aka.ms/acr/faq/locked",
    refusesSameDigest: true,
  },
  gitlab: {
    status: 403,
    code: "DENIED",
    text: () => "requested access to the resource is denied",
    refusesSameDigest: true,
  },
  nexus: {
    status: 400,
    text: (repository) => `Repository does not allow updating assets: ${repository}`,
    refusesSameDigest: true,
  },
  "nexus-3": {
    status: 409,
    text: (repository) => `Repository does not allow updating assets: ${repository}`,
    refusesSameDigest: true,
  },
  jfrog: {
    status: 403,
    code: "DENIED",
    text: () => "requested access to the resource is denied",
    refusesSameDigest: true,
  },
  alibaba: {
    status: 400,
    code: "DENIED",
    text: () => "The requested tag already exists and cannot be overwritten.",
    refusesSameDigest: true,
  },
  msr: {
    status: 400,
    code: "UNKNOWN",
    text: (repository, tag) => `tag=${tag} cannot be overwritten because ${repository} is an immutable repository`,
    refusesSameDigest: true,
  },
};

/**
 * Returns the refusal of a write to a tag that points at `current`, or undefined if the write is allowed. `next` is undefined
 * for a delete.
 */
export function refuseMove(
  immutability: Immutability | undefined,
  { repository, tag, current, next }: TagMove,
): Answer | undefined {
  if (immutability === undefined || current === undefined) return undefined;
  const { repositories, product } = immutability;
  const covered =
    typeof repositories === "function" ? repositories(repository, tag) : repositories.includes(repository);
  if (!covered || (product === "alibaba" && tag === "latest")) return undefined;
  const { status, code, text, refusesSameDigest } = WORDINGS[product];
  if (current === next && !refusesSameDigest) return undefined;
  const words = text(repository, tag);
  return code === undefined
    ? answer(status, { "content-type": "text/plain" }, encode(words))
    : errorAnswer(status, code, words, product === "quay" ? { message: `tag ${tag} is immutable` } : undefined);
}

export type TagMove = {
  readonly repository: string;
  readonly tag: string;
  readonly current: string | undefined;
  readonly next: string | undefined;
};

function ecrTag(repository: string, tag: string): string {
  return `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten`;
}
