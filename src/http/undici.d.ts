import type { Dispatcher } from "undici";

export { Agent, ProxyAgent } from "undici";

type Options = Omit<Dispatcher.RequestOptions, "origin" | "path" | "query"> & { readonly dispatcher: Dispatcher };

/** Like undici's `request`, with the dispatcher given. */
export declare function request(url: URL, options: Options): Promise<Dispatcher.ResponseData>;
