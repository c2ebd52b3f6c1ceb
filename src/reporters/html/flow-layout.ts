/** A link between the source and the target with these numbers, and how much it moves; undefined if it is not drawn. */
export type LaidLink = { readonly source: number; readonly target: number; readonly amount: number | undefined };

/** The dimensions of a drawing: its width, and the room for labels on each side. */
export type DrawingSize = { readonly width: number; readonly label: number };

export type Drawing = {
  readonly height: number;
  /** For each link: the stroke and the paths of its band and of the pieces of the bars at both ends. */
  readonly bands: readonly { readonly stroke: string; readonly band: string; readonly bars: string }[];
  /** The vertical middle of each node; undefined if nothing moves from or to it. */
  readonly sources: readonly (number | undefined)[];
  readonly targets: readonly (number | undefined)[];
};

/**
 * Lays out sources on the left, targets on the right, and bands between them, as thick as the amount that moves. Links that are not
 * drawn and nodes without links take no room. Self-contained: the page's script has this very function too, for the rows that a filter shows.
 */
export function layOut(links: readonly LaidLink[], { width, label }: DrawingSize): Drawing {
  /** The total height of the bands, the least height of one, and of a node: three lines of text with spacing. */
  const [whole, thinnest, slot, bar] = [180, 1.5, 50, 6];
  // one decimal, so that paths are short and the same on every machine
  const round = (value: number): number => Math.round(value * 10) / 10;
  const all = links.reduce((sum, { amount = 0 }) => sum + amount, 0);
  const thick = links.map(({ amount }) =>
    amount === undefined ? 0 : Math.max(thinnest, all === 0 ? 0 : (amount / all) * whole),
  );
  const stack = (side: "source" | "target") => {
    const heights: (number | undefined)[] = [];
    for (const [at, link] of links.entries()) heights[link[side]] = (heights[link[side]] ?? 0) + (thick[at] ?? 0);
    let top = 0;
    // each bar is centred in a slot that has room for its label too
    const tops = Array.from(heights, (height = 0) => {
      if (height === 0) return undefined;
      const room = Math.max(slot, height + 8);
      const start = top + (room - height) / 2;
      top += room;
      return start;
    });
    return { heights, tops, height: top };
  };
  const [left, right] = [stack("source"), stack("target")];
  const height = Math.max(left.height, right.height);
  // the shorter side is centred next to the taller one
  const middles = ({ heights, tops, height: own }: ReturnType<typeof stack>) =>
    tops.map((top, at) => (top === undefined ? undefined : round(top + (heights[at] ?? 0) / 2 + (height - own) / 2)));
  const used = { source: new Map<number, number>(), target: new Map<number, number>() };
  const centre = (side: "source" | "target", node: number, own: number): number => {
    const { tops, height: sideHeight } = side === "source" ? left : right;
    const before = used[side].get(node) ?? 0;
    used[side].set(node, before + own);
    return (tops[node] ?? 0) + (height - sideHeight) / 2 + before + own / 2;
  };
  const [from, to, middle] = [label + bar, width - label - bar, width / 2];
  const bands = links.map(({ source, target }, at) => {
    const own = thick[at] ?? 0;
    const [start, end] = [round(centre("source", source, own)), round(centre("target", target, own))];
    return {
      stroke: String(round(own)),
      band: `M${from} ${start}C${middle} ${start} ${middle} ${end} ${to} ${end}`,
      bars: `M${label} ${start}H${from}M${to} ${end}H${width - label}`,
    };
  });
  return { height: round(height), bands, sources: middles(left), targets: middles(right) };
}
