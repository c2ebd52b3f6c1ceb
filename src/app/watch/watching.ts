import type { Listening } from "../../http/listen.ts";
import type { Report } from "../../model/event.ts";
import type { SyncManifest } from "../../model/sync-manifest.ts";
import { renderStatusPage } from "../../reporters/html/status-page.ts";
import { renderStatusJson } from "../../reporters/status-json.ts";
import { renderWebhookMessage } from "../../reporters/webhook-message.ts";
import { allowHosts } from "./allowed-hosts.ts";
import { createMetrics } from "./metrics.ts";
import { createNotify, type NotifyOptions } from "./notify.ts";
import { createPages, PROBES } from "./pages.ts";
import { listen } from "./server.ts";
import { createWatch, type WatchOptions } from "./watch.ts";
import type { Election } from "./election.ts";
import type { RunListener } from "./run-progress.ts";
import { VERSION } from "../session/version.ts";
import type { Addresses } from "./notices.ts";

export type Place = { readonly host: string; readonly port: number };

export type WatchingOptions = Omit<WatchOptions, "version" | "run" | "observe" | "election"> & {
  readonly addresses: Addresses;
  /** Plans and applies a part of the manifest, and reports every response and what it does. */
  readonly run: (
    manifest: SyncManifest,
    onAnswer: (host: string, status: number) => void,
    listener: RunListener,
    term: AbortSignal | undefined,
  ) => Promise<Report>;
  /** Ended when the watch has ended. */
  readonly election?: Election | undefined;
  readonly post: NotifyOptions["post"];
  /** Logs a warning. */
  readonly warn: (message: string, reference?: string) => void;
  /** Called when a manifest comes into use. */
  readonly onManifest: (manifest: SyncManifest) => void;
  /** The address of the status server. */
  readonly listen: Place | "off";
  /** Host names to answer under, in addition to the loopback names and the one it listens on. */
  readonly allowedHosts?: readonly string[];
};

export type Watching = {
  /** The address it listens on. */
  readonly address: string | undefined;
  /** Watches until drained and until all notifications have been sent. */
  readonly finish: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Assembles a watch: the loop, metrics, notifications, and the status server. */
export async function openWatching(options: WatchingOptions): Promise<Watching> {
  const { addresses, name, post, warn, run, onManifest } = options;
  const metrics = await createMetrics({ version: VERSION });
  const notify = createNotify({
    ...addresses,
    post,
    message: (record, open) => renderWebhookMessage(name, record, open),
    onFailure: (what, thrown) => warn(`${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`),
  });
  const pending = new Set<Promise<void>>();
  const watch = createWatch({
    ...options,
    version: VERSION,
    run: (manifest, listener, term) => run(manifest, metrics.onAnswer, listener, term),
    observe: {
      onRun: (record, after) => {
        metrics.onRun(record, after);
        for (const error of record.results.length === 0 ? record.errors : [])
          warn(`the run failed: ${error.message}`, error.reference);
        const notified = notify(record, after).finally(() => pending.delete(notified));
        pending.add(notified);
      },
      onManifest: (loaded) => {
        metrics.onManifest("manifest" in loaded);
        if ("manifest" in loaded) onManifest(loaded.manifest);
        else warn(`the manifest is not valid, the last valid one stays in use: ${loaded.problem}`);
      },
      onTerm: metrics.onTerm,
    },
  });
  const render = { html: renderStatusPage, json: renderStatusJson };
  const pages = createPages({ status: watch.status, metrics, render });
  const server = options.listen === "off" ? undefined : await serve(options.listen, options.allowedHosts ?? [], pages);
  return {
    address: server?.address,
    finish: async () => {
      await watch.start();
      // another replica may begin while notifications are sent
      await options.election?.end();
      await Promise.all(pending);
    },
    close: async () => server?.close(),
  };
}

function serve(
  place: Place,
  allowedHosts: readonly string[],
  pages: ReturnType<typeof createPages>,
): Promise<Listening> {
  const own = place.host.includes(":") ? `[${place.host}]` : place.host;
  return listen({ ...place, pages, isAllowedHost: allowHosts([own, ...allowedHosts]), anyHost: PROBES });
}
