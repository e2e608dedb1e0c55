import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Notice } from "../notice.mjs";
import { Sources } from "../sources.mjs";
import { put, scratch } from "./support.mjs";

const EVENT = { looked: false };

/** A notice of a layer of one file, and what it told. */
function notice(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const root = scratch(t, { "layer/a.ts": "a", "layer/d/b.ts": "b", "layer/d/e/c.ts": "c" });
  const at = (...names) => names.map((name) => join(root, name));
  const sources = new Sources(root, ["layer/**/*.ts"], []);
  sources.start(at("layer/a.ts", "layer/d/b.ts", "layer/d/e/c.ts"));
  for (const path of at("layer/a.ts")) utimesSync(path, 1, 1);
  sources.serves(sources.mark());
  const told = { changed: [], visible: [] };
  const touched = [];
  const names = (paths) => paths.map((path) => sources.name(path)).sort();
  const found = new Notice({
    sources,
    reload: { changed: (paths) => told.changed.push(names(paths)), touched: (paths) => touched.push(...names(paths)) },
    report: { visible: (paths) => told.visible.push(names(paths)) },
  });
  const polls = [];
  found.watch = { directories: 3, polls: true, poll: (often) => polls.push((found.watch.polls = often)) };
  const see = (paths, how = EVENT) => (found.saw(paths, how), t.mock.timers.tick(250));
  return { root, at, found, told, touched, polls, see };
}

test("code that differs is a change, and nothing else is", (t) => {
  const { at, told, see } = notice(t);
  const paths = at("layer/a.ts", "layer/d/b.ts", "layer/new.ts");
  put(paths[0], "edited");
  put(paths[2], "new");
  see(paths);
  assert.deepEqual(told, { changed: [["layer/a.ts", "layer/new.ts"]], visible: [] });
});

test("whatever something happened to is told at once, and again what changed of it", (t) => {
  const { at, found, told, touched } = notice(t);
  found.saw(at("layer/a.ts", "layer/d"), EVENT);
  found.told(at("layer/templates/x.json"));
  assert.deepEqual(touched, ["layer/a.ts", "layer/d", "layer/templates/x.json"]);
  assert.deepEqual(told.changed, []);
});

test("a directory that is gone is all the code that was in it", (t) => {
  const { at, told, see } = notice(t);
  rmSync(at("layer/d")[0], { recursive: true });
  see(at("layer/d"));
  assert.deepEqual(told.changed, [["layer/d/b.ts", "layer/d/e/c.ts"]]);
});

test("what is no code is visible at once, and said; drafts and directories are not", (t) => {
  const { at, told, see } = notice(t);
  const drafts = [".a.ts.swp", "a.ts~", "#a.ts#", ".#a.ts", "4913", "a.tmp.12", ".loa-x", "node_modules/p.js"];
  const news = ["layer/notes.md", "layer/.env", "grimoires/x y.json"];
  for (const path of at(...news, ...drafts.map((it) => `layer/${it}`))) put(path, "");
  mkdirSync(at("layer/f")[0]);
  see(at(...news, ...drafts.map((it) => `layer/${it}`), "layer/f", "layer/gone.md"));
  assert.deepEqual(told, { changed: [], visible: [[...news].sort()] });
});

test("odd files harm nothing", (t) => {
  const { at, told, see } = notice(t);
  symlinkSync("loop.md", at("layer/loop.md")[0]);
  symlinkSync("loop.ts", at("layer/loop.ts")[0]);
  put(at("layer/a\nb.md")[0], "");
  see(at("layer/loop.md", "layer/loop.ts", `layer/${"x".repeat(300)}.md`, "layer/\0.md", "layer/a\nb.md", ""));
  assert.deepEqual(told, { changed: [], visible: [["layer/a\nb.md"]] });
});

test("a sentinel shows that events cross the mount, and is neither code nor news", (t) => {
  const { at, found, told, polls, see } = notice(t);
  assert.deepEqual(found.figures, { events: null, polls: true, files: 3, directories: 3 });
  see(at("layer/.loa-sentinel-1"));
  assert.equal(found.sawSentinel(".loa-sentinel-1"), true);
  assert.equal(found.sawSentinel(".loa-sentinel-2"), false);
  assert.deepEqual(polls, [false]);
  assert.equal(found.figures.events, true);
  assert.deepEqual(told, { changed: [], visible: [] });
});

test("a sentinel that was found by looking shows nothing", (t) => {
  const { at, found, polls, see } = notice(t);
  see(at("layer/.loa-sentinel-1"), { looked: true });
  assert.equal(found.sawSentinel(".loa-sentinel-1"), false);
  assert.equal(found.figures.events, null);
  assert.deepEqual(polls, []);
});

test("only the newest hundred sentinels are kept", (t) => {
  const { at, found, see } = notice(t);
  for (let number = 0; number <= 100; number += 1) see(at(`layer/.loa-sentinel-${number}`));
  assert.equal(found.sawSentinel(".loa-sentinel-0"), false);
  assert.equal(found.sawSentinel(".loa-sentinel-100"), true);
});

test("what somebody outside tells is looked at, and shows that events do not cross", (t) => {
  const { at, found, told } = notice(t);
  put(at("layer/a.ts")[0], "edited");
  found.told(at("layer/a.ts", "layer/d/b.ts"));
  t.mock.timers.tick(250);
  assert.deepEqual(told.changed, [["layer/a.ts"]]);
  assert.equal(found.figures.events, false);
});
