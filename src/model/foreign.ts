/** A line of a file of another tool. */
export type Place = {
  /** Relative to the folder that was current when it was read, for people. */
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
};

/** Something in a file of another tool that images.yaml has no place for. Never holds a secret. */
export type ForeignNote = {
  readonly place: Place;
  /** What is not carried over, lower case: `the credentials for registry.example.com`. */
  readonly what: string;
  /** How to get it with imgsync: one imperative sentence, lower case. */
  readonly instead: string;
  /** An image is left out, or the tags that are selected differ. Otherwise all images are carried over. */
  readonly isLoss: boolean;
};

/** How tags of one source repository at one target repository differ between the foreign file and images.yaml. */
export type SelectionDifference = {
  /** `host/path:tag` or `host/path@digest`. */
  readonly source: string;
  /** `host/path:tag` */
  readonly target: string;
  /** The one of the two that copies it. */
  readonly only: "foreign" | "imgsync";
  /** Where it is declared: in the foreign file, or in images.yaml. */
  readonly places: readonly Place[];
};
