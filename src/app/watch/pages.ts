import type { WatchStatus } from "../../model/watch.ts";
import type { Metrics } from "./metrics.ts";
import { type Page, plain } from "./server.ts";

export type PagesOptions = {
  readonly status: () => WatchStatus;
  readonly metrics: Pick<Metrics, "render">;
  /** Renders the status as a page and as a JSON document. */
  readonly render: { readonly html: (status: WatchStatus) => string; readonly json: (status: WatchStatus) => string };
};

/** Probes use the pod's address, which is not known in advance; these pages reveal nothing but a state. */
export const PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/**
 * Returns the served pages: `/healthz` as long as the process responds; `/readyz` after the first run, or with a lease as soon as
 * it is known who leads, until it drains; `/metrics` for
 * Prometheus; the status as HTML and as JSON.
 */
export function createPages({ status, metrics, render }: PagesOptions): ReadonlyMap<string, Page> {
  return new Map<string, Page>([
    ["/healthz", async () => plain(200, "ok\n")],
    ["/readyz", async () => readiness(status())],
    [
      "/metrics",
      async () => {
        const { type, text } = await metrics.render();
        return { status: 200, type, text };
      },
    ],
    ["/", async () => ({ status: 200, type: "text/html; charset=utf-8", text: render.html(status()) })],
    ["/status.json", async () => ({ status: 200, type: "application/json", text: render.json(status()) })],
  ]);
}

function readiness({ state, totals, lease }: WatchStatus): ReturnType<typeof plain> {
  if (state === "draining") return plain(503, "draining\n");
  // a standby runs nothing, and must not hold up a rollout
  if (lease !== undefined) return lease.isKnown ? plain(200, "ok\n") : plain(503, "the lease has not been read\n");
  return totals.runs === 0 ? plain(503, "the first run has not finished\n") : plain(200, "ok\n");
}
