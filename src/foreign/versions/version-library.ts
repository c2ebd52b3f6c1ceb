/** A range of a Go library for versions, compiled. */
export type CompiledRange = {
  /** Whether the library counts a tag as a version in the range. */
  readonly matches: (tag: string) => boolean;
  /** The same in images.yaml; a tag has to be in one of them. Undefined: there is no equivalent. */
  readonly ours: readonly OurRange[] | undefined;
};

/** `semver` and `prerelease` of a selector with `loose: true`. */
export type OurRange = { readonly range: string; readonly prerelease: boolean };

export type RangeProblem = { readonly problem: string };
