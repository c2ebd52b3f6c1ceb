import type { Credential } from "../model/credential.ts";
import type { Digest } from "../model/digest.ts";
import type { ListedImage } from "../model/image-list.ts";
import type { ReferenceProblem, Repository } from "../model/reference.ts";
import type { Universes } from "./universes.ts";

/** A registry's refusal: the fields of one element of its error list. */
export type Refusal = { readonly code: string; readonly message: string };

/** A hint for refusals with one of these statuses and a matching message. */
export type Advice = { readonly matches: RegExp; readonly statuses: readonly number[]; readonly hint: string };

/** A limit on manifest reads per time window. */
export type PullQuota = {
  /** The advice if too few reads are left. */
  readonly hint: string;
  /** Responses report the limit, except for images and accounts whose reads do not count. */
  readonly isSilentIfUnlimited: boolean;
};

/** Static facts about one product. The OCI specification applies to everything that is omitted. */
export type ProductFacts = {
  /** The name in images.yaml and the settings. */
  readonly name: string;
  /** The name in messages. */
  readonly title: string;
  /** Reports whether a host name identifies this product. Absent if the product runs on any host. */
  readonly isHost?: (host: string, universes: Universes) => boolean;
  /** Users may declare it as the `product` of a host. */
  readonly isDeclarable?: true;
  /** Reports whether a refused push says that the tag is immutable. Patterns are loose, because vendors change their messages. */
  readonly saysImmutable?: (refusal: Refusal) => boolean;
  readonly advice?: readonly Advice[];
  /** The host to connect to, if it differs from the one in references. */
  readonly dialledHost?: string;
  /** Origins of its token services, besides the registry's own. */
  readonly tokenServices?: readonly string[];
  /** Tag lists contain the digest of each tag. */
  readonly listsDigests?: true;
  /** Returns the images that a tag list describes besides its tags. Empty if the list follows only the specification. */
  readonly imagesInTagList?: (list: ReadonlyMap<string, unknown>) => ReadonlyMap<Digest, ListedImage>;
  /** Set if each manifest read counts as a pull. */
  readonly pullQuota?: PullQuota;
  /** Returns the command that creates a repository, or undefined if it is not needed. */
  readonly createCommand?: (repository: Repository) => string | undefined;
  /** Reports a problem with a repository's name, beyond the grammar of references. */
  readonly nameProblem?: (repository: Repository, universes: Universes) => ReferenceProblem | undefined;
  /** Returns the domain of the Google APIs whose access tokens the host accepts. */
  readonly googleDomain?: (host: string, universes: Universes) => string | undefined;
  /** Returns the command that gives imgsync credentials for a host, and alternatives, worded to follow "run". */
  readonly login?: (host: string, universes: Universes) => string;
  /** Returns how to replace a refused access token, worded to follow a colon; undefined for other credentials. */
  readonly newToken?: (host: string, refused: Credential, universes: Universes) => string | undefined;
  /** The NAME of the docker-credential-NAME that `imgsync auth configure` configures. */
  readonly credentialHelper?: string;
  /** Its key in Docker's config.json, if it is not the host. */
  readonly dockerConfigKey?: string;
};

/** Returns a matcher for the message of a refusal. */
export function says(pattern: RegExp): (refusal: Refusal) => boolean {
  return ({ message }) => pattern.test(message);
}
