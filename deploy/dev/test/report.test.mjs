import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../report.mjs";
import { quiet } from "./support.mjs";

const said = (lines) => lines.map((line) => line.slice(line.indexOf(" ") + 1).trim());

test("a gateway that ended is said, and when it is started again unless that is now", (t) => {
  const lines = quiet(t);
  const report = new Report("/w", "/w/layer");
  report.ended("it ended", 0);
  report.ended("it ended", 2_000);
  assert.deepEqual(said(lines), ["start: it ended; starting it again", "start: it ended; starting it again in 2 s"]);
});

test("of many files three are named, and how many more there are", () => {
  const report = new Report("/w", "/w/layer");
  const files = ["a", "b", "c", "d", "e"].map((name) => `/w/layer/${name}.ts`);
  assert.equal(report.causeOf(files), "a.ts,b.ts,c.ts,+2");
  assert.equal(report.causeOf(files.slice(0, 3)), "a.ts,b.ts,c.ts");
});
