/* @ts-self-types="./undici.d.ts" */
// The parts of undici that are used. The package's own entry also loads its fetch, caches, mocks and web sockets, which takes as long and
// as much memory as all of imgsync. It is JavaScript because these files have no types of their own.
import Agent from "undici/lib/dispatcher/agent.js";
import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
import ProxyAgent from "undici/lib/dispatcher/proxy-agent.js";
import connect from "undici/lib/api/api-connect.js";
import send from "undici/lib/api/api-request.js";

// as the package's entry does: ProxyAgent calls connect
Object.assign(Dispatcher.prototype, { connect, request: send });

export { Agent, ProxyAgent };

/** Like undici's `request`, with the dispatcher given. */
export function request(url, { dispatcher, ...options }) {
  return dispatcher.request({ ...options, origin: url.origin, path: url.pathname + url.search });
}
