import type { Credential } from "../../model/credential.ts";
import type { Digest } from "../../model/digest.ts";
import type { Platform } from "../../model/platform.ts";
import type { Cancellable } from "../../model/ports.ts";
import type { Reference, TagReference } from "../../model/reference.ts";
import type { PrivateFolder } from "./private-folder.ts";
import type { TransferNews } from "./transfer-news.ts";

/** Moves images between docker, or a replacement, and registries. Each call is one attempt, and throws what dockerFailure returns. */
export type Transfers = {
  /** Pushes the local tag with this name. Resolves to the digest that the program reports; podman reports none. */
  readonly push: (target: TagReference, options: TransferOptions) => Promise<Digest | undefined>;
  readonly pull: (source: Reference, options: PullOptions) => Promise<void>;
};

export type TransferOptions = Cancellable & {
  readonly credential: Credential | undefined;
  readonly onNews: (news: TransferNews) => void;
  /** For programs that read credentials from a file. */
  readonly folder: Pick<PrivateFolder, "path" | "write">;
};

export type PullOptions = TransferOptions & { readonly platform: Platform | undefined };
