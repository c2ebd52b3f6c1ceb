import type { DevTools, DevToolsEvent } from "./devtools.ts";

/** A page in its own tab, which a test can use as a user and inspect as a program. */
export type Page = {
  /** Returns the value of an expression in the page, which must be JSON; a promise is awaited. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  /** A narrow width is that of a mobile device. */
  readonly setWidth: (width: number, height?: number) => Promise<void>;
  readonly setTheme: (theme: "light" | "dark") => Promise<void>;
  /** Scrolls to the first element that a selector finds, and clicks in its middle. */
  readonly click: (selector: string) => Promise<void>;
  /** Types text into the focused element. */
  readonly type: (text: string) => Promise<void>;
  /** Returns the whole page, or its visible part, as PNG. */
  readonly screenshot: (options?: { readonly whole?: boolean }) => Promise<Uint8Array>;
  /** Returns every request since the page was opened, starting with the page itself. */
  readonly requests: () => readonly string[];
  /** Returns the messages in the console and the browser's log, including uncaught errors and policy violations. */
  readonly complaints: () => readonly string[];
  readonly close: () => Promise<void>;
};

const LOAD_MS = 30_000;

export async function openPage(devTools: DevTools, url: string): Promise<Page> {
  const { targetId } = (await devTools.send("Target.createTarget", { url: "about:blank" })) as { targetId: string };
  const attached = await devTools.send("Target.attachToTarget", { targetId, flatten: true });
  const { sessionId } = attached as { sessionId: string };
  const send = (method: string, parameters?: object): Promise<unknown> => devTools.send(method, parameters, sessionId);
  const requests: string[] = [];
  const complaints: string[] = [];
  const loaded = Promise.withResolvers<void>();
  devTools.listen(sessionId, (event) => {
    const { method, params } = event;
    if (method === "Page.loadEventFired") loaded.resolve();
    if (method === "Network.requestWillBeSent") requests.push((params["request"] as { url: string }).url);
    if (["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Audits.issueAdded"].includes(method))
      complaints.push(show(event));
  });
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await send(`${domain}.enable`);
  await send("Page.navigate", { url });
  await withinTime(loaded.promise, url);
  const evaluate = async (expression: string): Promise<unknown> => {
    const answer = await send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    const { result, exceptionDetails } = answer as { result: { value?: unknown }; exceptionDetails?: object };
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  };
  return {
    evaluate,
    setWidth: async (width, height = 800) => {
      // a mobile device draws its scroll bars over the page
      const size = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
      await send("Emulation.setDeviceMetricsOverride", size);
    },
    setTheme: async (value) => {
      await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value }] });
    },
    click: async (selector) => {
      const place = await evaluate(
        `(() => { const one = document.querySelector(${JSON.stringify(selector)}); one.scrollIntoView({ block: "center" });` +
          " const { x, y, width, height } = one.getBoundingClientRect(); return { x: x + width / 2, y: y + height / 2 }; })()",
      );
      const press = { ...(place as object), button: "left", clickCount: 1 };
      await send("Input.dispatchMouseEvent", { type: "mousePressed", ...press });
      await send("Input.dispatchMouseEvent", { type: "mouseReleased", ...press });
    },
    type: async (text) => {
      await send("Input.insertText", { text });
    },
    screenshot: async ({ whole = false } = {}) => {
      const picture = await send("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
      return Buffer.from((picture as { data: string }).data, "base64");
    },
    requests: () => [...requests],
    complaints: () => [...complaints],
    close: async () => {
      await devTools.send("Target.closeTarget", { targetId });
    },
  };
}

function show({ method, params }: DevToolsEvent): string {
  return `${method} ${JSON.stringify(params)}`;
}

async function withinTime(loaded: Promise<void>, url: string): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${url} was not loaded in time`)), LOAD_MS);
  await Promise.race([loaded, promise]).finally(() => clearTimeout(timer));
}
