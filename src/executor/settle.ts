/**
 * How writes of tags under an immutable rule are watched. `lookMs`: interval of the polls during the write. `waitMs`: from the write to the
 * look that confirms it.
 */
export type SettleTimes = { readonly lookMs: number; readonly waitMs: number };
