import type { Digest } from "../model/digest.ts";
import type { ListedImage } from "../model/image-list.ts";
import type { ReferenceProblem, Repository } from "../model/reference.ts";
import type { Universes } from "./universes.ts";

/** What a registry says when it refuses a request: the parts of one element of its error list. */
export type Refusal = { readonly code: string; readonly message: string };

/** What to do about an answer with one of these statuses and these words. */
export type Advice = { readonly matches: RegExp; readonly statuses: readonly number[]; readonly hint: string };

/** A limit on how many manifests may be read in a window of time. */
export type PullQuota = {
  /** What to do when too few reads are left. */
  readonly hint: string;
};

/** What is known about one product without asking its registries. Everything that is left out is as the OCI specification says. */
export type ProductFacts = {
  /** As images.yaml and the settings name it. */
  readonly name: string;
  /** As messages name it. */
  readonly title: string;
  /** Whether the name of a host shows that it is this product. Left out: it runs under any name. */
  readonly isHost?: (host: string, universes: Universes) => boolean;
  /** Users may name it as the `product` of a host. */
  readonly isDeclarable?: true;
  /** Whether a refused push says that the tag is immutable. Patterns are loose, because vendors change their words. */
  readonly saysImmutable?: (refusal: Refusal) => boolean;
  readonly advice?: readonly Advice[];
  /** The host to connect to, where it is not the one that references name. */
  readonly dialledHost?: string;
  /** Origins of token services that belong to it, beside the registry's own. */
  readonly tokenServices?: readonly string[];
  /** Tag lists also hold the digest of each tag. */
  readonly listsDigests?: true;
  /** The images that a tag list describes beside its tags; empty for a list that has no more than the specification says. */
  readonly imagesInTagList?: (list: ReadonlyMap<string, unknown>) => ReadonlyMap<Digest, ListedImage>;
  /** Each read of a manifest counts as a pull. */
  readonly pullQuota?: PullQuota;
  /** The command that creates a repository; undefined where it needs none. */
  readonly createCommand?: (repository: Repository) => string | undefined;
  /** What is wrong with the name of a repository, beyond the grammar of references. */
  readonly nameProblem?: (repository: Repository, universes: Universes) => ReferenceProblem | undefined;
  /** The domain of the Google APIs that belong to the host, whose access tokens it takes. */
  readonly googleDomain?: (host: string, universes: Universes) => string | undefined;
  /** NAME of the docker-credential-NAME that `imgsync auth configure` sets up. */
  readonly credentialHelper?: string;
  /** Its key in Docker's config.json, where it is not the host. */
  readonly dockerConfigKey?: string;
};

/** Matches a refusal by its message. */
export function says(pattern: RegExp): (refusal: Refusal) => boolean {
  return ({ message }) => pattern.test(message);
}
