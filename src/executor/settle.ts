/** How long writes of tags under an immutable rule are watched. `waitMs`: from the write to the look that confirms it. */
export type SettleTimes = { readonly lookMs: number; readonly waitMs: number };
