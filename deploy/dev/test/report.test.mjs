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

test("a silent save is not called broken, and leaves open what becomes of it", (t) => {
  const lines = quiet(t);
  const report = new Report("/w", "/w/layer");
  const told = [];
  report.follow(({ event, afterMs, serves }) => event === "silent" && told.push({ afterMs, serves }));
  report.silent(about(1), 620);
  assert.deepEqual([report.phase, report.isSilent, report.error], ["starting", true, null]);
  report.live(about(2), PHASES, false);
  assert.equal(report.isSilent, false);
  report.broken(about(3), BOOM, 20);
  report.noticed(about(4));
  assert.equal(report.error, null, "what was wrong with the one before says nothing of this one");
  report.silent(about(4), 630);
  assert.deepEqual([report.phase, report.isSilent, report.error], ["reloading", true, null]);
  assert.deepEqual(told, [{ afterMs: 620, serves: false }, { afterMs: 630, serves: true }]);
  const silent = said(lines).filter((line) => line.startsWith("silent"));
  assert.deepEqual(silent, [
    "silent generation=1: the layer does not answer on /loa/health yet",
    "silent generation=4: the layer does not answer on /loa/health yet; the one before serves meanwhile",
  ]);
});

test("what happens is one line each, and port 3000 knows the cause of the newest save", (t) => {
  const lines = quiet(t);
  const report = new Report("/w", "/w/layer");
  report.starting();
  report.noticed(about(2));
  assert.equal(report.cause, "a.ts");
  report.restored(["/w/layer/a.ts", "/w/layer/b.ts"]);
  report.visible(["/w/notes.md", "/w/layer/c.md"]);
  assert.deepEqual(said(lines), [
    "start: watching /w/layer; the next gateway is kept warm",
    "reload generation=2 cause=a.ts",
    "restored cause=a.ts,b.ts: as it is served, nothing to load",
    "visible at once, no restart needed: notes.md, layer/c.md",
  ]);
});

test("each state is known with the time since when", (t) => {
  quiet(t);
  t.mock.timers.enable({ apis: ["Date"], now: 0 });
  const report = new Report("/w", "/w/layer");
  const states = [[report.phase, Date.parse(report.since)]];
  for (const happens of [
    () => report.noticed(about(1)),
    () => report.broken(about(1), BOOM, 20),
    () => report.live(about(2), PHASES, false),
    () => report.noticed(about(3)),
    () => report.restored(["/w/layer/a.ts"]),
    () => report.ended("it ended", 0),
    () => report.stopping(),
  ]) {
    t.mock.timers.tick(1);
    happens();
    states.push([report.phase, Date.parse(report.since)]);
  }
  const phases = ["starting", "reloading", "starting", "serving", "reloading", "serving", "ended", "stopping"];
  assert.deepEqual(states, phases.map((phase, at) => [phase, at]));
});

test("who follows hears every 5 s that somebody is there, until it has had enough", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const report = new Report("/w", "/w/layer");
  const told = [];
  const leave = report.follow(({ event }) => told.push(event));
  t.mock.timers.tick(10_000);
  assert.deepEqual(told, ["ping", "ping"]);
  leave();
  t.mock.timers.tick(10_000);
  assert.equal(told.length, 2);
});
