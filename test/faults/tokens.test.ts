import assert from "node:assert/strict";
import { on, PAGE, PHASES, refusal, testCells, type Cell, type Matcher } from "../support/cells.ts";
import { NEVER } from "../support/embedded-registry/faults.ts";

const { token } = PHASES;
/** All images of the host share the token service, so a permanent refusal would also fail the other image. */
const cell = (name: string, rest: Omit<Cell, "name" | "at" | "ends" | "isGuarded">): Cell => ({
  name,
  at: "target",
  ends: "applied",
  isGuarded: true,
  ...rest,
});

const isAuthorised: Matcher = ({ kind, headers }) => kind !== "token" && headers.authorization !== undefined;
const invalid = (host: string): string =>
  `Bearer realm="http://${host}/token",service="registry",error="invalid_token"`;

testCells("getting a token", [
  cell("sends a token request again when the connection is lost", { faults: on(token, { kind: "drop" }, 2) }),
  cell("requests a token again when it breaks off", {
    faults: on(token, { kind: "truncate", bytes: 10, how: "reset" }, 1),
  }),
  cell("requests a token again when it is cut short without an error", {
    faults: on(token, { kind: "truncate", bytes: 10, how: "unframed" }, 1),
  }),
  cell("requests a token again when it stalls", {
    faults: on(token, { kind: "stall", bytes: 10, until: NEVER }, 1),
    patienceMs: 300,
  }),
  cell("waits for Retry-After when the token service answers 429", {
    faults: on(token, refusal(429, "TOOMANYREQUESTS", { "retry-after": "4" }), 2),
    check: ({ clock }) => assert.ok(clock.slept.includes(4000)),
  }),
  ...[500, 502, 503, 504].map((status): Cell =>
    cell(`retries when the token service answers ${status}`, { faults: on(token, refusal(status, "UNKNOWN"), 2) }),
  ),
  cell("requests a token again when it is an HTML page", { faults: on(token, PAGE, 2) }),
  cell("gets a new token and repeats the request when the token is not valid yet", {
    faults: on(
      isAuthorised,
      (_, { target }) => ({ kind: "answer", status: 401, headers: { "www-authenticate": invalid(target.host) } }),
      1,
    ),
  }),
]);
