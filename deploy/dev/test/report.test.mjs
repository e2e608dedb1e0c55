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
  assert.equal(report.causeOf(files.slice(0, 4)), "a.ts,b.ts,c.ts,+1");
  assert.equal(report.causeOf(files.slice(0, 3)), "a.ts,b.ts,c.ts");
});

const PHASES = { noticedMs: 10, loadedMs: 500, servedMs: 510 };
const about = (generation) => ({ generation, files: ["/w/layer/a.ts"], cause: "a.ts" });
const BOOM = { file: "/w/layer/a.ts", line: 3, text: "boom" };

test("a save that is live is said with its times; the first start is none", (t) => {
  const lines = quiet(t);
  const report = new Report("/w", "/w/layer");
  report.live(about(1), PHASES, true);
  report.live(about(2), PHASES, false);
  report.live(about(3), PHASES, true);
  const times = "noticed=0.01 loaded=0.50 served=0.51";
  assert.deepEqual(said(lines), [`live generation=2 ${times}`, `live generation=3 ${times} cold`]);
  assert.equal(report.phase, "serving");
});

test("a broken save leaves things as they are: the one before goes on, or nothing has served yet", (t) => {
  const lines = quiet(t);
  const report = new Report("/w", "/w/layer");
  report.broken(about(1), BOOM, 20);
  assert.equal(report.phase, "starting");
  report.live(about(2), PHASES, false);
  report.broken(about(3), BOOM, 20);
  assert.equal(report.phase, "serving");
  const [first, , later] = said(lines);
  assert.equal(first, "broken generation=1: layer/a.ts:3: boom");
  assert.equal(later, "broken generation=3: layer/a.ts:3: boom; the one before goes on");
});

test("a broken save tells whether anything serves: not before the first, nor after the gateway ended", (t) => {
  const lines = quiet(t);
  const report = new Report("/w", "/w/layer");
  const told = [];
  report.follow(({ event, serves }) => event === "broken" && told.push(serves));
  report.broken(about(1), BOOM, 20);
  report.live(about(2), PHASES, false);
  report.broken(about(3), BOOM, 20);
  report.ended("it ended", 0);
  report.broken(about(4), BOOM, 20);
  assert.deepEqual(told, [false, true, false]);
  assert.equal(said(lines).at(-1), "broken generation=4: layer/a.ts:3: boom");
});
