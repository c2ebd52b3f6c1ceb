import { createGoogle, type Google } from "../../../src/credentials/google/google.ts";
import { createGoogleSend, type GoogleSend } from "../../../src/credentials/google/send.ts";
import { KNOWN_UNIVERSES } from "../../../src/products/universes.ts";
import { defaultHostSettings } from "../../../src/model/host-settings.ts";
import type { Clock } from "../../../src/model/ports.ts";
import { createEgress } from "../../../src/http/egress.ts";
import { DEFAULT_TIMEOUTS } from "../../../src/http/limits.ts";
import type { Certificates } from "../../support/certificates.ts";
import { startForwardProxy } from "../../support/forward-proxy.ts";
import { type GoogleServices, type GoogleServicesOptions, startGoogleServices } from "../../support/google/services.ts";

export type GoogleWorld = {
  readonly google: Google;
  readonly send: GoogleSend;
  /** Google's services under their real names, such as iamcredentials.googleapis.com. */
  readonly services: GoogleServices;
  /** The metadata server. */
  readonly machine: GoogleServices;
  /** The requests that the proxy received. */
  readonly proxied: readonly string[];
  readonly clock: Clock;
  readonly pass: (minutes: number) => void;
  readonly stop: () => Promise<void>;
};

export type GoogleWorldOptions = Pick<GoogleServicesOptions, "lifetime" | "hasAccount" | "universe" | "mayActAs"> & {
  readonly keyFiles?: Readonly<Record<string, string>>;
  /** Files that only the user's settings may name. */
  readonly ownFiles?: Readonly<Record<string, string>>;
  /** The file in GOOGLE_APPLICATION_CREDENTIALS. */
  readonly defaultFile?: string;
  readonly trustedRealms?: readonly string[];
};

/** Doubles of Google Cloud behind a proxy, so that requests use the real names, and a clock that the test advances. */
export async function openGoogleWorld(
  { server }: Pick<Certificates, "server">,
  { keyFiles = {}, ownFiles = {}, defaultFile, trustedRealms = [], ...options }: GoogleWorldOptions = {},
): Promise<GoogleWorld> {
  let time = Date.UTC(2026, 0, 1);
  const now = (): number => time;
  const clock: Clock = {
    monotonic: now,
    now: () => new Date(time),
    alarm: () => () => undefined,
    sleep: async (milliseconds) => void (time += milliseconds),
  };
  const services = await startGoogleServices({ ...options, now, tls: server });
  const machine = await startGoogleServices({ ...options, now });
  const proxy = await startForwardProxy(services.host);
  const egress = createEgress({
    proxies: { http: proxy.url, https: proxy.url, no: "" },
    timeouts: DEFAULT_TIMEOUTS,
    userAgent: "imgsync-test",
    clock,
  });
  const settingsFor = (host: string) => ({ ...defaultHostSettings(host), insecureTls: true });
  const send = createGoogleSend({ egress, settingsFor, clock, random: () => 0 });
  const google = createGoogle({
    send,
    clock,
    universes: KNOWN_UNIVERSES,
    places: {
      ...(defaultFile === undefined ? {} : { defaultFile: { path: defaultFile, name: "adc.json" } }),
      wellKnownFile: { path: "/nowhere/application_default_credentials.json", name: "~/.config/gcloud/adc.json" },
      metadataHost: machine.host,
    },
    readKeyFile: async (file) => {
      const text = "origin" in file ? ownFiles[file.path] : keyFiles[file.path];
      return text === undefined
        ? { problem: "is not a file in the manifest's folder" }
        : { text, bytes: Buffer.byteLength(text) };
    },
    trustedRealms: () => trustedRealms,
  });
  return {
    google,
    send,
    services,
    machine,
    proxied: proxy.seen,
    clock,
    pass: (minutes) => void (time += minutes * 60_000),
    stop: async () => {
      await egress.close();
      await Promise.all([services.stop(), machine.stop(), proxy.stop()]);
    },
  };
}
