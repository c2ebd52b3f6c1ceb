import assert from "node:assert/strict";
import { on, PAGE, PHASES, refusal, testCells, type Cell, type Matcher } from "../support/cells.ts";
import { NEVER } from "../support/embedded-registry/faults.ts";

const { token } = PHASES;
/** The token service serves all images of the host: what it refuses for good, it refuses the other one too. */
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
  cell("a token request over a lost connection is sent again", { faults: on(token, { kind: "drop" }, 2) }),
  cell("a token that breaks off is asked for again", {
    faults: on(token, { kind: "truncate", bytes: 10, how: "reset" }, 1),
  }),
  cell("a token that ends early like a whole one is asked for again", {
    faults: on(token, { kind: "truncate", bytes: 10, how: "unframed" }, 1),
  }),
  cell("a token service that stands still is asked again", {
    faults: on(token, { kind: "stall", bytes: 10, until: NEVER }, 1),
    patienceMs: 300,
  }),
  cell("429 of the token service is waited for", {
    faults: on(token, refusal(429, "TOOMANYREQUESTS", { "retry-after": "4" }), 2),
    check: ({ clock }) => assert.ok(clock.slept.includes(4000)),
  }),
  ...[500, 502, 503, 504].map((status): Cell =>
    cell(`${status} of the token service is tried again`, { faults: on(token, refusal(status, "UNKNOWN"), 2) }),
  ),
  cell("a page in place of a token is tried again", { faults: on(token, PAGE, 2) }),
  cell("a token that is not valid yet is replaced, and the request sent once more", {
    faults: on(
      isAuthorised,
      (_, { target }) => ({ kind: "answer", status: 401, headers: { "www-authenticate": invalid(target.host) } }),
      1,
    ),
  }),
]);
