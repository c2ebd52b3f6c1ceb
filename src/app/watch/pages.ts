import type { WatchStatus } from "../../model/watch.ts";
import type { Metrics } from "./metrics.ts";
import { type Page, plain } from "./server.ts";

export type PagesOptions = {
  readonly status: () => WatchStatus;
  readonly metrics: Pick<Metrics, "render">;
  /** Makes the page and the document that tell what a watching process knows. */
  readonly render: { readonly html: (status: WatchStatus) => string; readonly json: (status: WatchStatus) => string };
};

/** Probes come under the pod's address, which is not known beforehand; these pages hold nothing but a state. */
export const PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/**
 * What is served: `/healthz` as long as the process can answer; `/readyz` once a run has ended, until it drains; `/metrics` for
 * Prometheus; the status as a page and as JSON.
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

function readiness({ state, totals }: WatchStatus): ReturnType<typeof plain> {
  if (state === "draining") return plain(503, "draining\n");
  return totals.runs === 0 ? plain(503, "the first run has not finished\n") : plain(200, "ok\n");
}
