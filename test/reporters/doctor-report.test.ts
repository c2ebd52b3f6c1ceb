import assert from "node:assert/strict";
import { test } from "node:test";
import { DOCTOR_FORMATS } from "../../src/reporters/doctor-report.ts";
import { PLAIN } from "./samples.ts";

test("the name of a check is escaped, and the others are aligned with what is shown", () => {
  const checks = [
    { name: "/opt/\u001B[2Jdocker", status: "ok", message: "answers" },
    { name: "crictl", status: "ok", message: "not installed" },
  ] as const;
  assert.equal(
    DOCTOR_FORMATS.text([{ about: "this machine", checks }], PLAIN),
    String.raw`this machine
  ok       /opt/\u{1b}[2Jdocker  answers
  ok       crictl                not installed

no problems found
`,
  );
});
