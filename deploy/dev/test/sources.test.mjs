import assert from "node:assert/strict";
import { renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import path, { join } from "node:path";
import { test } from "node:test";
import { savedAt, Sources } from "../sources.mjs";
import { put, scratch } from "./support.mjs";

const INCLUDE = ["layer/**/*.ts", "layer/plugin.json"];
const EXCLUDE = ["**/*.test.ts", "**/node_modules/**"];

/** Sources of one file, `a`, that serve, and ways to save it; time passes only between steps. */
function sources(t, files = { "layer/a.ts": "first" }) {
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const root = scratch(t, files);
  const found = new Sources(root, INCLUDE, EXCLUDE);
  const a = join(root, "layer/a.ts");
  const pass = () => t.mock.timers.tick(1_000);
  const save = (text, path = a) => {
    pass();
    put(path, text);
    utimesSync(path, Date.now() / 1_000, Date.now() / 1_000);
  };
  const look = (path = a) => found.look([path]);
  const begin = () => (pass(), found.mark());
  const end = (mark) => (pass(), found.serves(mark));
  for (const [name, text] of Object.entries(files)) save(text, join(root, name));
  found.start(Object.keys(files).map((name) => join(root, name)));
  end(begin());
  return { root, found, a, save, look, begin, end };
}

test("what counts as code is said by the globs", (t) => {
  const { root, found } = sources(t);
  const isCode = (name) => found.isCode(join(root, name));
  const code = ["layer/a.ts", "layer/x/y z.ts", "layer/[x].ts", "layer/plugin.json"];
  const none = ["layer/a.test.ts", "layer/node_modules/a.ts", "layer/b.json", "other/a.ts", "../a.ts"];
  assert.deepEqual(code.filter((it) => !isCode(it)), []);
  assert.deepEqual(none.filter(isCode), []);
});

/** Globs that match everything; returns how often one was asked so far. */
function counted(t) {
  const { matchesGlob } = path;
  let count = 0;
  const put = (asked) => ((path.matchesGlob = asked), syncBuiltinESMExports());
  put(() => (count += 1) > 0);
  t.after(() => put(matchesGlob));
  return () => count;
}

test("globs take time: they are asked once for each path, of as many as there is room for", (t) => {
  const count = counted(t);
  const found = new Sources("/w", ["*"], []);
  const asks = (name) => {
    const before = count();
    found.isCode(`/w/${name}`);
    return count() - before;
  };
  assert.deepEqual(["a", "a", "b", "a"].map(asks), [1, 0, 1, 0]);
  for (let number = 0; number <= 100_000; number += 1) found.isCode(`/w/${number}`);
  assert.equal(asks("a"), 1, "its place was needed");
});

test("content decides: not a touch, nor the same bytes again", (t) => {
  const { a, save, look } = sources(t);
  assert.deepEqual(look(), []);
  save("first");
  assert.deepEqual(look(), []);
  save("first", `${a}.tmp`);
  renameSync(`${a}.tmp`, a);
  assert.deepEqual(look(), [], "nor a file that replaces it with them");
  save("second");
  assert.deepEqual(look(), [a]);
  assert.deepEqual(look(), []);
});

test("new, replaced and deleted files differ, each once", (t) => {
  const { root, found, a, save, look } = sources(t);
  const b = join(root, "layer/b.ts");
  save("new", b);
  assert.deepEqual(found.look([a, b]), [b]);
  rmSync(a);
  assert.deepEqual(found.look([a, b]), [a]);
  assert.deepEqual(look(), []);
  assert.equal(found.size, 1);
  renameSync(b, a);
  assert.deepEqual(found.look([a, b]), [a, b]);
});

test("a save that is taken back is as it is served; so is a file that comes and goes", (t) => {
  const { root, found, a, save, look } = sources(t);
  const b = join(root, "layer/b.ts");
  save("second");
  save("new", b);
  found.look([a, b]);
  assert.equal(found.isServed, false);
  save("first");
  look();
  assert.equal(found.isServed, false);
  rmSync(b);
  look(b);
  assert.equal(found.isServed, true);
});

test("a save that was loaded serves", (t) => {
  const { found, save, look, begin, end } = sources(t);
  save("second");
  look();
  end(begin());
  assert.equal(found.isServed, true);
  save("first");
  look();
  assert.equal(found.isServed, false);
});

test("a save that failed does not serve, and taking it back does", (t) => {
  const { found, save, look, begin } = sources(t);
  save("broken");
  look();
  begin();
  found.failed();
  assert.equal(found.isServed, false);
  save("broken");
  assert.deepEqual(look(), [], "nor is it loaded again for a touch");
  save("first");
  look();
  assert.equal(found.isServed, true);
});

test("a save during a load is loaded again, whether it came before or after the file was read", (t) => {
  const { found, a, save, look, begin, end } = sources(t);
  save("second");
  look();
  const mark = begin();
  save("third");
  assert.deepEqual(look(), [a]);
  end(mark);
  assert.equal(found.isServed, false);
  save("second");
  look();
  assert.equal(found.isServed, false, "the third may be what was loaded");
  end(begin());
  assert.equal(found.isServed, true);
});

test("another content for a moment during a load is loaded again", (t) => {
  const { found, a, save, look, begin, end } = sources(t);
  const mark = begin();
  save("another");
  save("first");
  assert.deepEqual(look(), [a]);
  end(mark);
  assert.equal(found.isServed, false);
});

test("so is another file for a moment, which by its time is an old one", (t) => {
  const { a, save, look, begin } = sources(t);
  save("first", `${a}.old`);
  begin();
  renameSync(`${a}.old`, a);
  assert.deepEqual(look(), [a]);
});

test("the same bytes soon after a load are let be", (t) => {
  const { a, look, begin, end } = sources(t);
  end(begin());
  t.mock.timers.tick(5);
  utimesSync(a, Date.now() / 1_000, Date.now() / 1_000);
  assert.deepEqual(look(), []);
});

for (const [ago, again] of [[5, true], [50, false]]) {
  test(`the same bytes ${ago} ms before a load are ${again ? "loaded again: a file's time lags" : "let be"}`, (t) => {
    const { found, a, save, look } = sources(t);
    save("first");
    t.mock.timers.tick(ago);
    found.mark();
    assert.deepEqual(look(), again ? [a] : []);
  });
}

test("that holds for one that was looked at only after the load too", (t) => {
  const { found, a, save, look, begin, end } = sources(t);
  const mark = begin();
  save("another");
  save("first");
  end(mark);
  assert.deepEqual(look(), [a]);
  assert.equal(found.isServed, false);
  assert.deepEqual(look(), [], "but only once");
});

test("a file that was deleted during a load is unknown too", (t) => {
  const { found, a, save, look, begin, end } = sources(t);
  const mark = begin();
  rmSync(a);
  look();
  end(mark);
  assert.equal(found.isServed, false);
  save("first");
  look();
  assert.equal(found.isServed, false);
});

test("a save during a load that fails is compared with what serves", (t) => {
  const { found, a, save, look, begin } = sources(t);
  save("broken");
  look();
  begin();
  save("first");
  assert.deepEqual(look(), [a]);
  found.failed();
  assert.equal(found.isServed, true);
});

test("the time of a save is the file's", (t) => {
  const a = join(scratch(t, { "a.ts": "" }), "a.ts");
  assert.equal(savedAt(a), statSync(a).mtimeMs);
  assert.equal(savedAt(`${a}.gone`), null);
});

test("a file that was copied has the time of its save, if that was just now", (t) => {
  const a = join(scratch(t, { "a.ts": "" }), "a.ts");
  const at = (seconds) => (utimesSync(a, seconds, seconds), savedAt(a));
  const now = Math.floor(Date.now() / 1_000);
  assert.equal(at(now - 1), (now - 1) * 1_000);
  assert.ok(at(now - 10) >= now * 1_000);
});

test("a file that is renamed is saved then, however old its content is", (t) => {
  const [old, name] = ["old.ts", "new.ts"].map((it) => join(scratch(t, { [it]: "" }), it));
  utimesSync(old, 1_000, 1_000);
  const before = statSync(name).ctimeMs;
  renameSync(old, name);
  assert.equal(statSync(name).mtimeMs, 1_000_000);
  assert.ok(savedAt(name) >= before);
});

test("what is no file is no code that is there", (t) => {
  const { root, found } = sources(t);
  put(join(root, "layer/dir.ts/b.ts"), "");
  assert.deepEqual(found.look([join(root, "layer/dir.ts"), "\0", join(root, "x".repeat(300))]), []);
});
